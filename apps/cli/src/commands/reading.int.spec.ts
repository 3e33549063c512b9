import { Readable } from 'node:stream';
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

function pipe(...lines: string[]) {
  return { stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]) };
}

describe('reading', () => {
  beforeEach(async () => {
    await oncelog(
      ['publish'],
      pipe(
        ...Array.from(
          { length: 120 },
          (_, index) =>
            `{"topic":"t${index % 2}","event_id":"e${index}","source":"s","payload":{"n":12345678901234567890}}`,
        ),
      ),
    );
  });

  it('lists events for programs, each number with all its digits', async () => {
    const { stdout } = await oncelog(['events', '--json', '--limit', '3']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('"payload":{"n":12345678901234567890}');
    expect(JSON.parse(lines[2]!)).toMatchObject({ topic: 't0', event_id: 'e2', position: 3 });
  });

  it('lists tab-separated lines to a pipe', async () => {
    const { stdout } = await oncelog(['events', '--topic', 't1', '--limit', '1']);
    expect(stdout).toMatch(/^2\t\d{4}-\d\d-\d\dT[\d:.]+Z\tt1\te1\ts\t\{"n":12345678901234567890\}\n$/);
  });

  it('lists a table on a terminal of 60 columns and says how to go on', async () => {
    const { stdout, stderr } = await oncelog(['events', '--limit', '5'], { terminal: true, columns: 60 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^POSITION +STORED +TOPIC +EVENT ID +CONTENT$/);
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(line.length).toBeLessThan(60);
    expect(stderr).toBe('more: add --after 5, or --all\n');
  });

  it('lists 100 events unless told otherwise, and all when asked', async () => {
    const count = async (...args: string[]) => (await oncelog(['events', ...args])).stdout.split('\n').length - 1;
    expect([
      await count(),
      await count('--all'),
      await count('--limit', '7'),
      await count('--after', '110', '--all'),
    ]).toEqual([100, 120, 7, 10]);
  });

  it('lists the newest first', async () => {
    const { stdout } = await oncelog(['events', '--order', 'desc', '--limit', '2']);
    expect(stdout.split('\n').map((line) => line.split('\t')[0])).toEqual(['120', '119', '']);
  });

  it('shows one event', async () => {
    expect((await oncelog(['get', 't0', 'e0'])).stdout).toMatch(
      /^topic +t0\nevent id +e0\nposition +1\n[^]*\n\n\{"n":12345678901234567890\}\n$/,
    );
    expect(JSON.parse((await oncelog(['get', 't0', 'e0', '--json'])).stdout)).toMatchObject({
      topic: 't0',
      event_id: 'e0',
      position: 1,
    });
  });

  it('exits 4 for an event that does not exist', async () => {
    const { exitCode, stderr } = await oncelog(['get', 't0', 'nope']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('topic "t0" has no event "nope"');
  });

  it('shows the counters, at 60 columns too', async () => {
    const { stdout } = await oncelog(['stats'], { columns: 60 });
    expect(stdout).toMatch(/^LOG +RECEIVED +STORED +DUPLICATES +CONFLICTS\nall +120 +120 +0 +0\n/);
    expect(stdout).toContain('up 01:01:01, store memory');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(60);
  });

  it('gives programs all the counters, wherever the flag stands', async () => {
    const { stdout } = await oncelog(['--json', 'stats']);
    expect(JSON.parse(stdout)).toMatchObject({
      received: 120,
      stored: 120,
      topic_count: 2,
      sources: [{ name: 's', received: 120 }],
    });
  });
});

describe('health', () => {
  it('exits 0 when the aggregator is ready and 5 when it is not', async () => {
    expect(await oncelog(['health'])).toEqual({ exitCode: 0, stdout: `${server.target} is ready\n`, stderr: '' });
    server.ready = false;
    expect(await oncelog(['health', '--json'])).toMatchObject({
      exitCode: 5,
      stdout: `{"ready":false,"target":"${server.target}"}\n`,
    });
  });

  it('tells of each of several replicas, and exits 0 when one is ready', async () => {
    const target = `${server.target},127.0.0.1:1`;
    expect(await oncelog(['health', '--target', target])).toEqual({
      exitCode: 0,
      stdout: `${server.target} is ready\n127.0.0.1:1 is not ready: UNREACHABLE: connect ECONNREFUSED 127.0.0.1:1\n`,
      stderr: '',
    });
    server.ready = false;
    const { exitCode, stdout } = await oncelog(['health', '--json', '--target', target]);
    expect(exitCode).toBe(5);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { ready: false, target: server.target },
      { ready: false, target: '127.0.0.1:1', error: 'UNREACHABLE: connect ECONNREFUSED 127.0.0.1:1' },
    ]);
  });
});

describe('several addresses', () => {
  it('are one log: what one of them does not answer, another does', async () => {
    const target = `127.0.0.1:1,${server.target}`;
    for (let n = 0; n < 4; n += 1) {
      expect(await oncelog(['stats', '--json', '--target', target])).toMatchObject({ exitCode: 0, stderr: '' });
    }
    expect(await oncelog(['stats', '--target', '127.0.0.1:1,127.0.0.1:2'])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(
        /^UNREACHABLE: no address answers: connect ECONNREFUSED 127\.0\.0\.1:1; connect ECONNREFUSED 127\.0\.0\.1:2\n/,
      ),
    });
  });

  it('are refused when one of them is none', async () => {
    expect(await oncelog(['stats', '--target', `${server.target},ftp://x`])).toMatchObject({ exitCode: 2 });
  });
});

describe('the help', () => {
  it('comes by its name, too, for all and for one command', async () => {
    expect((await oncelog(['help'])).stdout).toBe((await oncelog(['--help'])).stdout);
    expect((await oncelog(['--json', 'help', 'publish'])).stdout).toBe((await oncelog(['publish', '--help'])).stdout);
  });

  it('says when stdin is read', async () => {
    const { stdout } = await oncelog(['publish', '--help']);
    expect(stdout).toContain('</dev/null');
  });

  it('has completions that complete files only where a file is meant, and say what they need', async () => {
    expect((await oncelog(['completion', 'fish'])).stdout).toMatch(/complete -c oncelog -f [^]* -l file -r -F/);
    expect((await oncelog(['completion', 'zsh'])).stdout).toContain('autoload -Uz compinit && compinit');
  });

  it('tells the exit codes', async () => {
    const { stdout, exitCode } = await oncelog(['--help']);
    expect(exitCode).toBe(0);
    for (const line of ['0  stored', '2  wrong usage', '3  conflict', '4  refused', '5  unreachable'])
      expect(stdout).toContain(line);
  });

  it.each(['bash', 'zsh', 'fish'])('has a completion script for %s', async (shell) => {
    const { stdout, exitCode } = await oncelog(['completion', shell]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('oncelog __complete');
  });
});
