import { newEvent } from '@oncelog/client';
import { StandInBroker, type StandInServer, startStandInServer } from '@oncelog/client/testing';
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

describe('a log with a broker', () => {
  /** Whose worker stores so many between two looks. */
  function withBroker<B extends StandInBroker>(broker: B, storesAtEachLook = 150): B {
    server.log.broker = Object.assign(broker, { storesAtEachLook });
    return broker;
  }

  it.each(modes)('is waited for until all is stored, in mode %s', async (mode) => {
    withBroker(new StandInBroker());
    const said: string[] = [];
    const result = await publish(['--mode', mode], { display: { ...silent, say: (line) => void said.push(line) } });
    expect(result.verification?.problems).toEqual([]);
    expect(exitCodeOf(result)).toBe(0);
    expect(server.log.counts).toMatchObject({ received: 400, stored: 300, duplicates: 100 });
    expect(said[0]).toMatch(/^all are accepted; \d+ wait in the broker to be stored$/);
    expect(JSON.parse(jsonReport(result))).toMatchObject({
      acknowledged: 400,
      accepted: 400,
      stored: 300,
      duplicates: 100,
      stored_seconds: expect.any(Number),
      verified: true,
    });
    expect(textReport(result)).toMatch(/accepted by a broker: 400, all stored after [\d.]+ s: [\d,]+ events\/s\n/);
  });

  it('is not waited for when others keep it busy and all of the run is stored', async () => {
    class BusyBroker extends StandInBroker {
      override stats() {
        this.waiting.push(newEvent({ topic: 'others' }));
        return super.stats();
      }
    }
    const broker = withBroker(new BusyBroker());
    const result = await publish([]);
    expect(result.verification).toMatchObject({ problems: [], countersOf: 'source' });
    expect(broker.waiting.length).toBeGreaterThan(0);
  });

  it('may deliver an event again, which is no problem', async () => {
    class RepeatingBroker extends StandInBroker {
      override take(count?: number) {
        const taken = super.take(count);
        return [...taken, ...taken.slice(0, 3)];
      }
    }
    withBroker(new RepeatingBroker());
    const result = await publish([]);
    expect(result.verification?.moved.received).toBeGreaterThan(400);
    expect(result.verification?.problems).toEqual([]);
    expect(exitCodeOf(result)).toBe(0);
  });

  it('that stores nothing is given up, and the run may go on later', async () => {
    withBroker(new StandInBroker(), 0);
    const result = await publish(['--give-up-ms', '1']);
    expect(result.failure).toMatchObject({ code: 'TIMED_OUT', message: expect.stringContaining('400 events wait') });
    expect(exitCodeOf(result)).toBe(5);
    expect(textReport(result)).toContain('the same command with --run r');
    withBroker(server.log.broker!, 1000);
    expect(exitCodeOf(await publish([]))).toBe(0);
  });

  it('that has lost an event is found out', async () => {
    const broker = withBroker(new StandInBroker());
    const end = () => void broker.waiting.shift();
    const result = await publish(['--duplicates', '0'], { display: { ...silent, end } });
    expect(result.verification?.problems).toContain('1 of 400 events are missing');
    expect(exitCodeOf(result)).toBe(1);
  });

  it('that has set events aside is named, with where to look', async () => {
    const broker = withBroker(new StandInBroker());
    const result = await publish([], { display: { ...silent, end: () => broker.bury(1, 'refused') } });
    expect(result.verification?.problems).toContain(
      '1 entries of the broker are dead; see what is in them, and why: oncelog broker dead',
    );
    expect(exitCodeOf(result)).toBe(1);
  });

  it('is left alone when nothing is to be verified, or the run is interrupted', async () => {
    withBroker(new StandInBroker(), 0);
    const result = await publish(['--no-verify']);
    expect(exitCodeOf(result)).toBe(0);
    expect(textReport(result)).toContain('accepted by a broker: 400, to be stored by its workers');
    const stopping = new AbortController();
    const say = () => stopping.abort();
    const interrupted = await publish([], { run: 'i', signal: stopping.signal, display: { ...silent, say } });
    expect(exitCodeOf(interrupted)).toBe(130);
  });
});
