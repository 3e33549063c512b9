import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandOptions, runCommand } from '../testing/run-command.ts';

let server: StandInServer;

beforeEach(async () => {
  server = await startStandInServer();
});

afterEach(() => server.close());

function oncelog(args: string[], options: CommandOptions = {}) {
  return runCommand(args, { target: server.target, ...options });
}

function contentOf(index: number): string {
  return Buffer.from(server.log.events[index]?.event?.content.value as Uint8Array).toString();
}

function pipe(...lines: string[]) {
  return { stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]) };
}

describe('publishing a pipe', () => {
  it('takes one event as JSON a line', async () => {
    const lines = pipe(
      '{"topic":"a","event_id":"1"}',
      '{"event_id":"2","payload":{"n":12345678901234567890}}',
      '{"topic":"a","event_id":"1"}',
    );
    const { exitCode, stdout } = await oncelog(['publish', 'b'], lines);
    expect(stdout).toBe('3 events: 2 stored, 1 duplicates, 0 conflicts\n');
    expect(exitCode).toBe(0);
    expect(server.log.events[1]?.event?.topic).toBe('b');
    expect(contentOf(1)).toBe('{"n":12345678901234567890}');
  });

  it('takes text with the id made from the content', async () => {
    const { stdout } = await oncelog(
      ['publish', 'app', '--id', 'content', '--json'],
      pipe('hello', '{"a":1}', '{not json', 'hello'),
    );
    const outcomes = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { outcome: string });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['STORED', 'STORED', 'STORED', 'DUPLICATE']);
    expect(server.log.events.map(({ event }) => event?.contentType)).toEqual([
      'text/plain',
      'application/json',
      'text/plain',
    ]);
  });

  it('goes on after a bad line and exits 4', async () => {
    const { exitCode, stdout, stderr } = await oncelog(
      ['publish'],
      pipe('{"topic":"a","event_id":"1"}', 'nope', '{"topic":"a"}', '{"topic":"a","event_id":"2"}'),
    );
    expect(stdout).toBe('4 events: 2 stored, 0 duplicates, 0 conflicts, 2 refused\n');
    expect(stderr).toContain('line 2: MALFORMED');
    expect(stderr).toContain('line 3: RULE_BROKEN: event.event_id: is required');
    expect(exitCode).toBe(4);
  });

  it('takes an event out that the log refuses, and sends the rest', async () => {
    server.faults.push({ code: 'RULE_BROKEN', message: 'is too long', field: 'events[1].topic' });
    const lines = pipe('{"topic":"a","event_id":"1"}', '{"topic":"b","event_id":"2"}', '{"topic":"c","event_id":"3"}');
    const { exitCode, stderr } = await oncelog(['publish'], lines);
    expect(server.log.events.map(({ event }) => event?.eventId)).toEqual(['1', '3']);
    expect(stderr).toContain('line 2: RULE_BROKEN: topic: is too long');
    expect(exitCode).toBe(4);
  });

  it('tells of bad lines in their place among the others, also when a whole batch is bad', async () => {
    const stdin = new PassThrough();
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const onOutput = (text: string) => {
      if (text.includes('line 1')) resolve();
    };
    const publishing = oncelog(['publish', '--json'], { stdin, onOutput });
    stdin.write('nope\n');
    await told;
    stdin.end('{"topic":"a","event_id":"1"}\nnope\n{"topic":"a","event_id":"2"}\n');
    const lines = (await publishing).stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome)).toEqual([
      'REFUSED',
      'STORED',
      'REFUSED',
      'STORED',
    ]);
  });

  it('exits 3 when an id is taken by other content', async () => {
    const { exitCode, stderr } = await oncelog(
      ['publish'],
      pipe('{"topic":"a","event_id":"1"}', '{"topic":"a","event_id":"1","payload":{"b":2}}'),
    );
    expect(stderr).toMatch(/^CONFLICT a\/1/);
    expect(exitCode).toBe(3);
  });

  it('survives a broken connection under the same ids', async () => {
    server.faults.push('broken after storing');
    const { stdout } = await oncelog(['publish'], pipe('{"topic":"a","event_id":"1"}'));
    expect(stdout).toBe('1 events: 0 stored, 1 duplicates, 0 conflicts\n');
  });

  it('passes a line on before the next one comes', async () => {
    const stdin = new PassThrough();
    const { promise: stored, resolve } = Promise.withResolvers<void>();
    const onOutput = (text: string) => {
      if (text.includes('STORED')) resolve();
    };
    const publishing = oncelog(['publish', 'app', '--id', 'content', '--json'], { stdin, onOutput });
    stdin.write('first\n');
    await stored;
    expect(server.log.events).toHaveLength(1);
    stdin.end('second\n');
    expect((await publishing).exitCode).toBe(0);
    expect(server.log.events).toHaveLength(2);
  });

  it('ends in order when interrupted while it waits', async () => {
    const stdin = new PassThrough();
    const interrupting = new AbortController();
    const onOutput = (text: string) => {
      if (text.includes('STORED')) interrupting.abort();
    };
    const publishing = oncelog(['publish', 'app', '--id', 'content', '--json'], {
      stdin,
      onOutput,
      interrupted: interrupting.signal,
    });
    stdin.write('first\nhalf a li');
    expect(await publishing).toMatchObject({ exitCode: 130, stderr: '' });
    expect(server.log.events).toHaveLength(1);
  });
});

describe('an interruption while the aggregator is away', () => {
  it('ends after a short grace and says how many events are unconfirmed', async () => {
    const stdin = new PassThrough();
    const interrupting = new AbortController();
    const onOutput = (text: string) => {
      if (text.includes('trying again')) interrupting.abort();
    };
    const startedAtMs = performance.now();
    const publishing = oncelog(['publish', 'app', '--id', 'content', '--target', '127.0.0.1:1'], {
      stdin,
      onOutput,
      interrupted: interrupting.signal,
    });
    // One chunk, two requests: both were taken from the pipe, which does not hand them out again.
    stdin.write(Array.from({ length: 1500 }, (_, index) => `line ${index}\n`).join(''));
    const { exitCode, stdout, stderr } = await publishing;
    expect(exitCode).toBe(130);
    expect(stdout).toBe('');
    expect(stderr.match(/finishing what was read; press Ctrl-C again to stop at once\n/g)).toHaveLength(1);
    expect(stderr).toContain('interrupted: 1500 events that were read are unconfirmed');
    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  });

  it('confirms all that was read when it answers in time', async () => {
    const stdin = new PassThrough();
    const interrupting = new AbortController();
    server.faults.push({ code: 'QUEUE_FULL', retryAfterMs: 1 });
    const onOutput = (text: string) => {
      if (text.includes('trying again')) interrupting.abort();
    };
    const publishing = oncelog(['publish', 'app', '--id', 'content'], {
      stdin,
      onOutput,
      interrupted: interrupting.signal,
    });
    stdin.write(Array.from({ length: 1500 }, (_, index) => `line ${index}\n`).join(''));
    const { exitCode, stdout, stderr } = await publishing;
    expect(exitCode).toBe(130);
    expect(stdout).toBe('1500 events: 1500 stored, 0 duplicates, 0 conflicts\n');
    expect(stderr).not.toContain('unconfirmed');
  });
});

describe('bytes that are not UTF-8', () => {
  const broken = Buffer.from([0x61, 0xff, 0x0a]);

  it('are a bad line where events as JSON are expected, and nothing of it is stored', async () => {
    const good = '{"topic":"a","event_id":"1"}\n';
    const bad = Buffer.concat([Buffer.from('{"topic":"a","event_id":"'), broken.subarray(0, 2), Buffer.from('"}\n')]);
    const { exitCode, stderr } = await oncelog(['publish'], { stdin: Readable.from([Buffer.from(good), bad]) });
    expect(stderr).toBe('line 2: MALFORMED: line: must be UTF-8\n');
    expect(exitCode).toBe(4);
    expect(server.log.events).toHaveLength(1);
  });

  it('are sent as they are with the id made from the content', async () => {
    await oncelog(['publish', 'app', '--id', 'content'], { stdin: Readable.from([broken]) });
    const { event } = server.log.events[0]!;
    expect(event?.contentType).toBe('application/octet-stream');
    expect(event?.content.value).toEqual(new Uint8Array([0x61, 0xff]));
    expect(event?.eventId).toBe(createHash('sha256').update(broken.subarray(0, 2)).digest('hex'));
  });
});

describe('a byte order mark', () => {
  it('at the start of a pipe is dropped', async () => {
    const { exitCode } = await oncelog(
      ['publish'],
      pipe('\ufeff{"topic":"a","event_id":"1"}', '{"topic":"a","event_id":"2"}'),
    );
    expect(exitCode).toBe(0);
    expect(server.log.events).toHaveLength(2);
  });

  it('alone is no line', async () => {
    const { stdout } = await oncelog(['publish'], { stdin: Readable.from([Buffer.from('\ufeff')]) });
    expect(stdout).toMatch(/^0 events/);
  });
});

describe('what the aggregator says', () => {
  it('does not steer the terminal', async () => {
    const message = 'is \u001b[2Jnot\nSTORED a/1';
    server.faults.push({ code: 'RULE_BROKEN', message, field: 'events[0].topic' });
    server.faults.push({ code: 'QUEUE_FULL', message, retryAfterMs: 1 });
    const lines = pipe('{"topic":"a","event_id":"1"}', '{"\u001b\u009b', '{"topic":"a","event_id":"2"}');
    const { stderr } = await oncelog(['publish'], lines);
    expect(stderr).not.toMatch(/[^\n\u0020-\u007e]/);
    expect(stderr).toContain('line 1: RULE_BROKEN: topic: is \\u001b[2Jnot\\nSTORED a/1\n');
    expect(stderr).toContain('QUEUE_FULL: is \\u001b[2Jnot');
    expect(stderr).toContain('line 2: MALFORMED');
  });

  it('reaches programs as JSON that does not either, one object a line', async () => {
    const message = 'is \u009b2Jnot';
    server.faults.push({ code: 'RULE_BROKEN', message });
    const { stdout, stderr } = await oncelog(['publish', 'a', '--id', '1', '--payload', '{}', '--json']);
    expect(stdout).toBe('');
    expect(stderr).not.toContain('\u009b');
    expect(JSON.parse(stderr)).toEqual({
      code: 'RULE_BROKEN',
      error: message,
      violations: [],
      outcome: 'none',
      exit_code: 4,
    });
  });

  it('reaches programs as JSON when it is tried again, too', async () => {
    server.faults.push({ code: 'QUEUE_FULL', message: 'busy', retryAfterMs: 1 });
    const { stderr } = await oncelog(['publish', '--json'], pipe('{"topic":"a","event_id":"1"}'));
    expect(JSON.parse(stderr)).toEqual({ notice: 'QUEUE_FULL: busy; trying again with the same ids' });
  });
});
