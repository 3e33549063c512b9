import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

describe('publishing a file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oncelog-cli-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it.each([
    ['one.json', '{"topic":"a","event_id":"1"}', 1],
    ['list.json', '[{"topic":"a","event_id":"1"},{"topic":"a","event_id":"2"}]', 2],
    ['events.json', '{"events":[{"topic":"a","event_id":"1"}]}', 1],
    ['lines.ndjson', '{"topic":"a","event_id":"1"}\n{"topic":"a","event_id":"2"}\n', 2],
  ])('takes %s', async (name, text, count) => {
    const { exitCode } = await oncelog(['publish', '--file', await file(name, text)]);
    expect(exitCode).toBe(0);
    expect(server.log.events).toHaveLength(count);
  });

  it('sends nothing of a document with a mistake in it', async () => {
    const { exitCode, stderr } = await oncelog([
      'publish',
      '-f',
      await file('a.json', '[{"topic":"a","event_id":"1"},{"topic":"a"}]'),
    ]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('events[1].event_id');
    expect(server.log.events).toHaveLength(0);
  });

  it('sends more than fits one request', async () => {
    const events = Array.from({ length: 2500 }, (_, index) => ({ topic: 'a', event_id: String(index) }));
    const { stdout } = await oncelog(['publish', '--file', await file('many.json', JSON.stringify(events))]);
    expect(stdout).toBe('2500 events: 2500 stored, 0 duplicates, 0 conflicts\n');
  });
});
