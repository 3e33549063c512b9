import { Readable } from 'node:stream';
import { failureTable } from '@oncelog/client';
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

function publishOrder(payload = '{"total":42}') {
  return oncelog(['publish', 'orders', '--id', 'order-1', '--payload', payload]);
}

function contentOf(index: number): string {
  return Buffer.from(server.log.events[index]?.event?.content.value as Uint8Array).toString();
}

describe('publishing one event', () => {
  it('exits 0 when it is stored and when it is stored already, 3 on a conflict', async () => {
    expect(await publishOrder()).toEqual({ exitCode: 0, stdout: 'STORED orders/order-1 at position 1\n', stderr: '' });
    expect(await publishOrder()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^DUPLICATE orders\/order-1: already stored (just now|\d+ s ago) at position 1\n$/),
    });
    expect(await publishOrder('{"total":43}')).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/^CONFLICT orders\/order-1: .* which is kept/),
    });
  });

  it('sends the payload as it was written', async () => {
    await publishOrder('{ "total" : 9007199254740993 }');
    expect(contentOf(0)).toBe('{ "total" : 9007199254740993 }');
  });

  it('answers programs in JSON', async () => {
    const { stdout } = await oncelog(['publish', 'orders', '--id', '1', '--json']);
    expect(JSON.parse(stdout)).toEqual({ topic: 'orders', event_id: '1', outcome: 'STORED', position: 1 });
  });

  it('takes all fields', async () => {
    await oncelog([
      'publish',
      't',
      '--id',
      '1',
      '--data',
      'hi',
      '--content-type',
      'text/x',
      '--source',
      's',
      '--timestamp',
      '2026-01-31',
      '--attribute',
      'a=1',
      '--attribute',
      'b=x=y',
    ]);
    expect(server.log.events[0]?.event).toMatchObject({
      source: 's',
      contentType: 'text/x',
      attributes: { a: '1', b: 'x=y' },
      timestamp: { seconds: 1769817600n },
    });
    expect(contentOf(0)).toBe('hi');
  });

  it('makes the id from the content when asked by name', async () => {
    await oncelog(['publish', 't', '--id', 'content', '--data', 'hello']);
    expect(server.log.events[0]?.event?.eventId).toBe(
      '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    );
  });

  it.each([
    ['a JSON object', '\n{ "n": 9007199254740993 }\n', 'application/json', '{ "n": 9007199254740993 }'],
    ['text', 'a line\n', 'text/plain', 'a line\n'],
    ['a JSON array', '[1]\n', 'text/plain', '[1]\n'],
    ['text after a byte order mark', '\ufeffa', 'text/plain', 'a'],
  ])('takes the content from a pipe: %s', async (_title, input, contentType, content) => {
    const { exitCode } = await oncelog(['publish', 't', '--id', '1'], { stdin: Readable.from([Buffer.from(input)]) });
    expect(exitCode).toBe(0);
    expect(server.log.events[0]?.event?.contentType).toBe(contentType);
    expect(contentOf(0)).toBe(content);
  });

  it('takes any bytes from a pipe', async () => {
    const bytes = Buffer.from([0xff, 0x00]);
    await oncelog(['publish', 't', '--id', '1'], { stdin: Readable.from([bytes]) });
    expect(server.log.events[0]?.event).toMatchObject({ contentType: 'application/octet-stream' });
    expect(server.log.events[0]?.event?.content.value).toEqual(new Uint8Array(bytes));
  });

  it('refuses more from a pipe than an event may hold', async () => {
    const stdin = Readable.from([Buffer.alloc(200 * 1024), Buffer.alloc(200 * 1024)]);
    const { exitCode, stderr } = await oncelog(['publish', 't', '--id', '1'], { stdin });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('EVENT_TOO_LARGE: content: must be at most 262144 bytes');
    expect(server.log.events).toHaveLength(0);
  });

  it('sends nothing when it is interrupted while the content comes', async () => {
    const interrupting = new AbortController();
    async function* half() {
      yield Buffer.from('half');
      interrupting.abort();
    }
    const stdin = Readable.from(half());
    expect(await oncelog(['publish', 't', '--id', '1'], { stdin, interrupted: interrupting.signal })).toMatchObject({
      exitCode: 130,
    });
    expect(server.log.events).toHaveLength(0);
  });

  it.each([
    [['publish', 'orders', '--payload', '{}'], 'an event needs an id'],
    [['publish', 'orders'], 'an event needs an id'],
    [['publish'], 'The id is what makes a retry safe'],
    [['publish', '--id', '1', '--payload', '{}'], 'which topic?'],
    [['publish', '--id', 'content'], 'which topic?'],
    [['publish', 't', '--id', '1', '--payload', '[1]'], '--payload must be a JSON object'],
    [['publish', 't', '--id', '1', '--payload', '{'], '--payload must be a JSON object'],
    [['publish', 't', '--id', '1', '--payload', '{}', '--data', 'x'], 'an event has one content'],
    [['publish', 't', '--id', '1', '--attribute', 'x'], '--attribute must be key=value'],
    [['publish', 't', '--id', '1', '--attribute', 'a=1', '--attribute', 'a=2'], '--attribute a is given twice'],
    [['publish', 't', '--id', '1', '--timestamp', '2026-02-30'], '--timestamp: must be a time'],
    [['events', '--topic', ''], '--topic is empty: is a variable unset?'],
    [['events', '--source', ''], '--source is empty: is a variable unset?'],
    [['--target', 'a:1'], '--target needs a command: oncelog publish, events'],
    [['publish', 't', '--id', '1', '--timestamp', 'x'], '--timestamp: must be a time'],
    [['publish', 't', '--id', '1', '--file', 'x'], '--id names one event'],
    [['publish', '--file', 'x', '--payload', '{}'], '--payload is for one event'],
    [['publish', '--file', '/does/not/exist'], 'cannot read the file'],
    [['publish', 't', '--id', '1', '--target', 'ftp://x'], 'is not host:port'],
    [['publish', 't', '--id', '1', '--timeout', '0'], 'must be a number from'],
    [['stats', '--bogus'], '--bogus'],
    [['events', '--limit', '0'], 'must be a number from 1'],
    [['events', '--since', 'x'], '--since: must be a time'],
    [['events', '--order', 'x'], 'asc'],
    [['get', 'orders'], 'event-id'],
    [['publis'], 'did you mean `publish`'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
  ])('%j is wrong usage: exit code 2', async (args, message) => {
    const { exitCode, stderr } = await oncelog(args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(server.log.events).toHaveLength(0);
  });
});

describe('for programs', () => {
  it.each([
    [['--json'], 'USAGE', 2],
    [['--json', 'nope'], 'USAGE', 2],
    [['events', '--json', '--limit', '0'], 'USAGE', 2],
    [['publish', 'orders', '--json', '--payload', '{}'], 'USAGE', 2],
    [['get', 'orders', 'nope', '--json'], 'NOT_FOUND', 4],
    [['stats', '--json', '--target', '127.0.0.1:1'], 'UNREACHABLE', 5],
  ])('%j fails with one JSON object on stderr', async (args, code, status) => {
    const { exitCode, stdout, stderr } = await oncelog(args);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({ code, error: expect.any(String), exit_code: status });
    expect(exitCode).toBe(status);
  });
});

describe('every failure of the contract', () => {
  it.each([...failureTable].filter(([code]) => code !== 'UNSPECIFIED'))(
    '%s ends with its exit code',
    async (code, mapping) => {
      server.faults.push(...Array.from({ length: 20 }, () => ({ code, message: 'as told' })));
      const { exitCode, stderr } = await oncelog(['publish', 't', '--id', '1', '--timeout', '0.2']);
      expect(exitCode).toBe(mapping.exitCode);
      expect(stderr).toContain(`${code}: as told`);
    },
  );

  it('of the connection is exit code 5 and says what to do', async () => {
    const { exitCode, stderr } = await oncelog(['stats', '--target', '127.0.0.1:1']);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('is the aggregator running?');
  });
});
