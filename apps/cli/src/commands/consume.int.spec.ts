import { eventsFromJson } from '@oncelog/client';
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

function store(count: number): void {
  const event = (n: number) => `{"topic":"orders","event_id":"e${n}","payload":{"n":${n}}}`;
  server.log.publish(eventsFromJson(`[${Array.from({ length: count }, (_, n) => event(n)).join(',')}]`));
}

async function group(name: string): Promise<unknown> {
  return JSON.parse((await oncelog(['groups', 'show', name, '--json'])).stdout);
}

const idle = ['--until-idle', '1'];

describe('consume', () => {
  it('prints the events of a group, and acknowledges them', async () => {
    store(3);
    const { stdout, stderr, exitCode } = await oncelog(['consume', 'billing', '--create', ...idle]);
    expect(stdout.split('\n').map((line) => line.split('\t')[3])).toEqual(['e0', 'e1', 'e2', undefined]);
    expect([stderr, exitCode]).toEqual(['3 acknowledged, 0 rejected\n', 0]);
    expect(await group('billing')).toMatchObject({ outstanding: 0, backlog: 0 });
    expect((await oncelog(['consume', 'billing', ...idle])).stdout).toBe('');
  });

  it('takes as many as it is told and leaves the others for others', async () => {
    store(5);
    const first = await oncelog(['consume', 'billing', '--create', '--limit', '2', '--json']);
    const second = await oncelog(['consume', 'billing', '--json', ...idle]);
    const told = (stdout: string) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { event_id: string; attempt: number })
        .map(({ event_id: id, attempt }) => [id, attempt]);
    expect(told(first.stdout)).toEqual([
      ['e0', 1],
      ['e1', 1],
    ]);
    expect(told(second.stdout)).toEqual([
      ['e2', 1],
      ['e3', 1],
      ['e4', 1],
    ]);
  });

  it('runs a command for each event, and gives back what it fails on', async () => {
    store(3);
    const command = 'read -r event; echo "$ONCELOG_EVENT_ID $ONCELOG_ATTEMPT $event"; test "$ONCELOG_EVENT_ID" != e1';
    const { stdout, stderr } = await oncelog(['consume', 'billing', '--create', '--exec', command, ...idle]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['e0 1', 'e1 1', 'e2 1']);
    expect(JSON.parse(lines[2]!.slice(5))).toMatchObject({ event_id: 'e2', payload: { n: 2 } });
    expect(stderr).toMatch(
      /^orders\/e1: exit code 1 in attempt 1; unless it was the last, it comes again in [\d.]+ s\n/,
    );
    expect(stderr).toContain('2 acknowledged, 1 rejected');
    expect(await group('billing')).toMatchObject({ outstanding: 1, backlog: 0 });
  });

  it('does not mind a command that does not read its event', async () => {
    // More than a pipe holds.
    server.log.publish(eventsFromJson(`{"topic":"big","event_id":"1","payload":{"text":"${'x'.repeat(200_000)}"}}`));
    const { exitCode, stderr } = await oncelog(['consume', 'billing', '--create', '--exec', 'true', ...idle]);
    expect([exitCode, stderr]).toEqual([0, '1 acknowledged, 0 rejected\n']);
  });

  it('keeps to its limit with several commands at a time', async () => {
    store(10);
    const args = ['consume', 'billing', '--create', '--exec', 'true', '--concurrency', '4', '--limit', '6'];
    expect((await oncelog(args)).stderr).toBe('6 acknowledged, 0 rejected\n');
    expect(await group('billing')).toMatchObject({ outstanding: 0, backlog: 4 });
  });

  it('says what to do about a group that is not there', async () => {
    const { exitCode, stderr } = await oncelog(['consume', 'nobody']);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('make it with --create');
  });

  it('finishes what it has begun when it is interrupted', async () => {
    store(2);
    const stopping = new AbortController();
    const { exitCode, stderr } = await oncelog(['consume', 'billing', '--create', '--exec', 'echo begun'], {
      interrupted: stopping.signal,
      onOutput: (text) => text.includes('begun') && stopping.abort(),
    });
    expect([exitCode, stderr]).toEqual([0, '1 acknowledged, 0 rejected\n']);
  });

  it('refuses filters for a group that has its own', async () => {
    expect(await oncelog(['consume', 'billing', '--topic', 'orders'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('go with --create'),
    });
  });
});

describe('groups', () => {
  it('are made, listed, shown and forgotten', async () => {
    store(3);
    const create = ['groups', 'create', 'billing', '--topic', 'orders', '--prefix', 'shop.', '--lease', '60'];
    expect((await oncelog(create)).stdout).toBe('created billing\n');
    expect((await oncelog(create)).stdout).toBe('billing is there already, with the same settings\n');
    expect(await oncelog(['groups', 'create', 'billing'])).toMatchObject({ exitCode: 4 });
    expect((await oncelog(['groups', 'list'])).stdout).toMatch(
      /^GROUP +BACKLOG +OUTSTANDING +DEAD\nbilling +3 +0 +0\n$/,
    );
    const { stdout } = await oncelog(['groups', 'show', 'billing'], { columns: 60 });
    expect(stdout).toMatch(/^group +billing\ntopics +orders, shop\.\*\nlease +60 s\nattempts +at most 5\n/);
    expect((await oncelog(['groups', 'delete', 'billing'])).stdout).toBe('deleted billing\n');
    expect((await oncelog(['groups', 'delete', 'billing'])).stdout).toBe('there is no group billing\n');
    expect(await oncelog(['groups', 'show', 'billing'])).toMatchObject({ exitCode: 4 });
  });

  it('give programs what people see, wherever the flag stands', async () => {
    await oncelog(['groups', 'create', 'billing', '--source', 's', '--attempts', '3']);
    expect(JSON.parse((await oncelog(['--json', 'groups', 'list'])).stdout)).toMatchObject({
      name: 'billing',
      filter: { sources: ['s'] },
      attempts_max: 3,
      lease_seconds: 30,
    });
  });

  it('move to another place', async () => {
    store(3);
    await oncelog(['groups', 'create', 'billing', '--from-now']);
    expect((await oncelog(['groups', 'seek', 'billing', '--beginning'])).stdout).toBe(
      'billing goes on with 3 events before it\n',
    );
    expect((await oncelog(['groups', 'seek', 'billing', '--after', '2', '--json'])).stdout).toContain('"backlog":1');
    expect(await oncelog(['groups', 'seek', 'billing'])).toMatchObject({ exitCode: 2 });
    expect(await oncelog(['groups', 'seek', 'billing', '--now', '--since', '1h'])).toMatchObject({ exitCode: 2 });
  });

  it('show what they have given up, deliver it again, and settle it for good', async () => {
    store(2);
    await oncelog(['groups', 'create', 'billing', '--attempts', '1']);
    await oncelog(['consume', 'billing', '--exec', 'false', ...idle]);
    const { stdout } = await oncelog(['groups', 'dead', 'billing'], { columns: 60 });
    expect(stdout).toMatch(/^POSITION +TOPIC +EVENT ID +ATTEMPTS +REASON\n +1 +orders +e0 +1 +exit code 1\n/);
    const [line] = (await oncelog(['groups', 'dead', 'billing', '--json'])).stdout.split('\n');
    expect(JSON.parse(line!)).toMatchObject({ event_id: 'e0', position: 1, attempts: 1, reason: 'exit code 1' });
    expect((await oncelog(['groups', 'replay', 'billing', '--position', '1'])).stdout).toBe(
      '1 dead letters are delivered again\n',
    );
    expect((await oncelog(['consume', 'billing', ...idle])).stdout).toContain('e0');
    expect((await oncelog(['groups', 'dead', 'billing', '--delete', '--json'])).stdout).toBe('{"deleted":1}\n');
  });

  it('have help that names its commands', async () => {
    const { stdout } = await oncelog(['help', 'groups']);
    for (const command of ['list', 'show', 'create', 'delete', 'seek', 'dead', 'replay'])
      expect(stdout).toContain(command);
    expect((await oncelog(['help', 'groups', 'seek'])).stdout).toContain('--since');
  });
});
