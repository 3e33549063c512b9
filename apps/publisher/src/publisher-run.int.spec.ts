import { type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modes } from './options.ts';
import { exitCodeOf, jsonReport, textReport } from './report.ts';
import { publishTo, type RunOfTest, silent } from './testing/run-of-test.ts';

let server: StandInServer;

beforeEach(async () => {
  server = await startStandInServer();
});

afterEach(() => server.close());

const publish = (args: string[], settings?: RunOfTest) => publishTo(server, args, settings);

describe.each(modes)('in mode %s', (mode) => {
  it('stores every event once and says so', async () => {
    const result = await publish(['--mode', mode]);
    expect(result.verification?.problems).toEqual([]);
    expect(exitCodeOf(result)).toBe(0);
    expect(server.log.counts).toMatchObject({ received: 400, stored: 300, duplicates: 100, conflicts: 0 });
    expect(JSON.parse(jsonReport(result))).toMatchObject({
      run: 'r',
      mode,
      count: 400,
      distinct: 300,
      repeats: 100,
      stored: 300,
      duplicates: 100,
      verified: true,
    });
  });

  it('survives broken connections and refusals that pass', async () => {
    server.faults.push(
      undefined,
      'broken after storing',
      undefined,
      { code: 'QUEUE_FULL', retryAfterMs: 1 },
      'broken before storing',
    );
    const result = await publish(['--mode', mode]);
    expect(result.verification?.problems).toEqual([]);
    expect(result.progress.resent).toBeGreaterThan(0);
    expect(server.log.events).toHaveLength(300);
  });

  it('ends with the refusal of the log', async () => {
    server.faults.push(undefined, { code: 'EVENT_TOO_LARGE', message: 'too large', field: 'events[0].data' });
    const result = await publish(['--mode', mode, '--concurrency', '1']);
    expect(result.failure).toMatchObject({ code: 'EVENT_TOO_LARGE' });
    expect(exitCodeOf(result)).toBe(4);
    expect(textReport(result)).toContain('of the refused request nothing is stored');
    expect(textReport(result)).not.toMatch(/may or may not|these again/);
  });

  it('says what is acknowledged when it is interrupted', async () => {
    const stopping = new AbortController();
    const display = { ...silent, update: () => stopping.abort() };
    const result = await publish(['--mode', mode], { signal: stopping.signal, display });
    expect(exitCodeOf(result)).toBe(130);
    expect(result.verification).toBeUndefined();
    expect(result.progress).toMatchObject({ unconfirmed: 0, acknowledged: { received: result.progress.sent } });
    expect(textReport(result)).toContain(
      `interrupted: ${result.progress.sent} acknowledged, 0 may or may not be stored`,
    );
  });
});

describe('an interruption while the aggregator answers nothing', () => {
  it.each(modes)('ends within two seconds and says what is not confirmed, in mode %s', async (mode) => {
    const stopping = new AbortController();
    let stoppedAtMs = 0;
    const display = {
      ...silent,
      update() {
        server.silent = true;
        setImmediate(() => {
          stoppedAtMs ||= performance.now();
          stopping.abort();
        });
      },
    };
    const result = await publish(['--mode', mode], { signal: stopping.signal, display });
    expect(performance.now() - stoppedAtMs).toBeLessThan(2000);
    expect(exitCodeOf(result)).toBe(130);
    expect(result.progress.unconfirmed).toBeGreaterThan(0);
    expect(textReport(result)).toContain(`${result.progress.unconfirmed} may or may not be stored`);
  });

  it('ends a verification, too', async () => {
    const stopping = new AbortController();
    const end = () => {
      server.silent = true;
      setImmediate(() => stopping.abort());
    };
    const result = await publish([], { signal: stopping.signal, display: { ...silent, end } });
    expect(result).toMatchObject({ interrupted: true, failure: undefined, verification: undefined });
    expect(exitCodeOf(result)).toBe(130);
  });
});

describe('the verification', () => {
  it('completes a run that was interrupted', async () => {
    const stopping = new AbortController();
    await publish([], { signal: stopping.signal, display: { ...silent, update: () => stopping.abort() } });
    const result = await publish([]);
    expect(result.verification?.problems).toEqual([]);
    expect(server.log.events).toHaveLength(300);
  });

  it('is not disturbed by other publishers', async () => {
    const results = await Promise.all([publish([], { run: 'a' }), publish([], { run: 'b' })]);
    for (const { verification } of results) expect(verification).toMatchObject({ problems: [], countersOf: 'source' });
  });

  it('calls nothing lost when two publishers use the same run at once', async () => {
    for (const { verification } of await Promise.all([publish([]), publish([])])) {
      for (const problem of verification!.problems) expect(problem).toContain('another publisher uses this run');
    }
    expect(server.log.events).toHaveLength(300);
  });

  it('does not pass when more was counted under its source than it sent', async () => {
    const repeat = () => void server.log.publish(server.log.events.map(({ event }) => event!));
    const result = await publish([], { display: { ...silent, end: repeat } });
    const problems = [expect.stringContaining('300 events more were counted than sent from here')];
    expect(result.verification).toMatchObject({ problems, others: 300 });
    expect(JSON.parse(jsonReport(result))).toMatchObject({ verified: false, others: 300 });
    expect(exitCodeOf(result)).toBe(1);
  });

  it.each([
    ['a smaller count', ['--count', '50']],
    ['another seed', ['--seed', '7']],
  ])('says that the run was used with another count or seed: %s', async (_title, args) => {
    await publish([]);
    const result = await publish(args);
    const text = textReport(result);
    expect(text).toContain('this run was used with another count or seed');
    expect(text).not.toMatch(/[^r]-\d/);
    expect(exitCodeOf(result)).toBe(1);
  });

  it('finds an event that the log has lost', async () => {
    const lose = () => void server.log.events.splice(100, 1);
    const result = await publish([], { display: { ...silent, end: lose } });
    expect(result.verification?.problems).toContain('1 of 300 events are missing');
    expect(exitCodeOf(result)).toBe(1);
  });

  it('finds an event that is stored twice', async () => {
    const repeat = () => void server.log.events.push({ ...server.log.events[0]!, position: 301n });
    const result = await publish([], { display: { ...silent, end: repeat } });
    expect(result.verification?.problems).toEqual(['1 events are stored more than once: r-0']);
  });

  it('finds content that is not what was sent', async () => {
    const spoil = () => {
      server.log.events[5]!.event!.content = { case: 'data', value: Buffer.from('{}') };
    };
    const result = await publish([], { display: { ...silent, end: spoil } });
    expect(result.verification?.problems).toEqual([
      '1 of 300 events are missing',
      '1 stored events are not as they were sent: r-5',
    ]);
  });

  it('finds counters that do not agree', async () => {
    const result = await publish([], { display: { ...silent, end: () => void server.log.forget('publisher-r') } });
    expect(result.verification?.problems.length).toBeGreaterThan(0);
    expect(exitCodeOf(result)).toBe(1);
  });

  it('falls back on the counters of the log when the list of sources ends early', async () => {
    server.log.sourcesListedMax = 0;
    server.log.countSource('somebody');
    const result = await publish([]);
    expect(result.verification).toMatchObject({ problems: [], countersOf: 'log' });
    expect(textReport(result)).toContain('of the whole log');
  });

  it('can be left out', async () => {
    const result = await publish(['--no-verify']);
    expect(result.verification).toBeUndefined();
    expect(JSON.parse(jsonReport(result))).toMatchObject({ verified: null, stored: 300 });
    expect(exitCodeOf(result)).toBe(0);
  });
});

describe('an aggregator that is not there', () => {
  it('ends the run with exit code 5', async () => {
    const { target } = server;
    await server.close();
    const result = await publish(['--wait-ms', '0', '--target', target]);
    expect(result.failure).toMatchObject({ code: 'UNREACHABLE' });
    expect(exitCodeOf(result)).toBe(5);
    server = await startStandInServer();
  });

  it('is waited for', async () => {
    server.ready = false;
    const said: string[] = [];
    const say = (line: string) => {
      said.push(line);
      server.ready = true;
    };
    const result = await publish([], { display: { ...silent, say } });
    expect(said).toHaveLength(1);
    expect(result.verification?.problems).toEqual([]);
  });
});
