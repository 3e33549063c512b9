import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { type StandInServer, startStandInServer } from '@oncelog/client/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type CommandOptions, runCommand } from '../testing/run-command.ts';

let server: StandInServer;

beforeEach(async () => {
  server = await startStandInServer();
  await oncelog(['publish'], pipe(line('a', '{"n":1}'), line('b', '{"n":1}')));
});

afterEach(() => server.close());

function oncelog(args: string[], options: CommandOptions = {}) {
  return runCommand(args, { target: server.target, ...options });
}

function line(id: string, payload: string): string {
  return `{"topic":"t","event_id":"${id}","payload":${payload}}`;
}

function pipe(...lines: string[]) {
  return { stdin: Readable.from([Buffer.from(lines.map((text) => `${text}\n`).join(''))]) };
}

const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;

describe('checking by id', () => {
  it('exits 0 when all are stored, whatever they hold', async () => {
    const { exitCode, stdout, stderr } = await oncelog(['check', 't', 'a', 'b']);
    expect(stdout).toMatch(new RegExp(`^DUPLICATE\t1\t${time}\tt\ta\nDUPLICATE\t2\t${time}\tt\tb\n$`));
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('exits 4 when one is not, as get does, and stores nothing', async () => {
    const { exitCode, stdout } = await oncelog(['check', 't', 'a', 'c', '--json']);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).toStrictEqual([
      { topic: 't', event_id: 'a', status: 'DUPLICATE', position: 1, first_stored_time: expect.any(String) },
      { topic: 't', event_id: 'c', status: 'NEW' },
    ]);
    expect(exitCode).toBe(4);
    expect((await oncelog(['get', 't', 'c'])).exitCode).toBe(4);
    expect(server.log.counts).toMatchObject({ received: 2, stored: 2 });
  });

  it('shows a table on a terminal, and how many of each there were', async () => {
    const { stdout, stderr } = await oncelog(['check', 't', 'a', 'c'], { terminal: true, columns: 60 });
    expect(stdout.split('\n')[0]).toMatch(/^STATUS +POSITION +STORED +TOPIC +EVENT ID$/);
    expect(stdout.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^DUPLICATE +1 +(just now|\d+ s ago) +t +a$/),
      expect.stringMatching(/^NEW +t +c$/),
      '',
    ]);
    expect(stderr).toBe('2 events: 1 stored as given, 0 conflicts, 1 new\n');
  });

  it('asks for more ids than a call may hold in several', async () => {
    const ids = Array.from({ length: 2500 }, (_, index) => `id-${index}`);
    const { exitCode, stdout } = await oncelog(['check', 't', ...ids, 'b']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((text) => text.split('\t').at(-1))).toEqual([...ids, 'b']);
    expect([exitCode, lines.at(-1)]).toEqual([4, expect.stringMatching(/^DUPLICATE\t2\t/)]);
  });

  it('tells of an id that is none, and of the others all the same', async () => {
    const { exitCode, stdout, stderr } = await oncelog(['check', 't', 'a', 'x'.repeat(600), 'c']);
    expect(stdout).toMatch(/^DUPLICATE\t1\t.*\tt\ta\nNEW\t\t\tt\tc\n$/);
    expect(stderr).toContain('RULE_BROKEN: event_id:');
    expect(exitCode).toBe(4);
  });
});

describe('checking what comes', () => {
  it('exits 3 when a content differs, and 0 when all are the same', async () => {
    const same = [line('a', '{ "n": 1.0 }'), line('b', '{"n":1}')];
    expect(await oncelog(['check'], pipe(...same))).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await oncelog(['check'], pipe(...same, line('c', '{}'), line('b', '{"n":2}')));
    expect(stdout.match(/^[A-Z]+/gm)).toEqual(['DUPLICATE', 'DUPLICATE', 'NEW', 'CONFLICT']);
    expect(exitCode).toBe(3);
  });

  it('leaves contents alone when told to', async () => {
    const { exitCode, stdout } = await oncelog(['check', '--keys-only'], pipe(line('a', '{"n":2}')));
    expect([exitCode, stdout.slice(0, 9)]).toEqual([0, 'DUPLICATE']);
  });

  it('reads a file as publish does, its topic from the command line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oncelog-cli-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'events.json');
    await writeFile(path, '{"events":[{"event_id":"a","payload":{"n":1}},{"event_id":"z"}]}');
    const { exitCode, stdout } = await oncelog(['check', '--file', path, 't']);
    expect([exitCode, stdout.match(/^[A-Z]+/gm)]).toEqual([4, ['DUPLICATE', 'NEW']]);
    expect(await oncelog(['check', '--file', `${path}.none`])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('cannot read the file'),
    });
  });

  it('goes on after lines that are no events, and exits 4 even if there is a conflict', async () => {
    const lines = pipe(
      'oops',
      line('a', '{"n":1}'),
      line('b', '{}').replace('"t"', JSON.stringify('x'.repeat(300))),
      line('b', '{"n":2}'),
    );
    const { exitCode, stdout } = await oncelog(['check', '--json'], lines);
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(results).toMatchObject([
      { place: 'line 1', status: 'REFUSED', code: 'MALFORMED' },
      { event_id: 'a', status: 'DUPLICATE' },
      { place: 'line 3', event_id: 'b', status: 'REFUSED', code: 'RULE_BROKEN' },
      { event_id: 'b', status: 'CONFLICT', position: 2 },
    ]);
    expect(exitCode).toBe(4);
  });

  it('answers for each line while the pipe stays open, and ends in order when it is interrupted', async () => {
    const stdin = new PassThrough();
    const interrupting = new AbortController();
    let seen = '';
    const { promise: answered, resolve } = Promise.withResolvers<void>();
    const onOutput = (text: string) => {
      seen += text;
      if (seen.includes('\ta\n')) resolve();
    };
    const checking = oncelog(['check'], { stdin, interrupted: interrupting.signal, onOutput });
    stdin.write(`${line('a', '{"n":1}')}\n`);
    await answered;
    interrupting.abort();
    expect(await checking).toMatchObject({
      exitCode: 130,
      stdout: expect.stringMatching(/^DUPLICATE\t1\t.*\tt\ta\n$/),
    });
  });

  it('fails as a whole, with the exit code of the failure, when the log cannot answer', async () => {
    await server.close();
    const { exitCode, stdout, stderr } = await oncelog(['check', '--timeout', '0.2'], pipe(line('a', '{}')));
    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toContain('UNREACHABLE');
  });
});

describe('a check that says nothing to check', () => {
  it.each([
    [['check'], 'which events? oncelog check <topic> <event-id>'],
    [['check', 't'], 'which events? oncelog check t <event-id>'],
    [['check', '--file', 'events.json', 't', 'a'], 'leave out the ids'],
  ])('is wrong usage: %j', async (args, text) => {
    const { exitCode, stderr } = await oncelog(args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(text)]);
  });
});
