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

function store(from: number, to: number, topic = 'orders'): void {
  for (let n = from; n < to; n += 1) {
    const payload = '{"n":12345678901234567890,"note":"longer than what is left of a line"}';
    const attributes = `{"even":"${n % 2 === 0}"}`;
    const name = `"topic":"${topic}","event_id":"e${n}","source":"s${n % 3}"`;
    server.log.publish(eventsFromJson(`{${name},"attributes":${attributes},"payload":${payload}}`));
  }
}

function ids(stdout: string): string[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event_id: string }).event_id);
}

describe('tail', () => {
  it('shows what is stored as tab-separated lines, and where to go on', async () => {
    store(0, 3);
    const { stdout, stderr, exitCode } = await oncelog(['tail', '--until-end']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^1\t\d{4}-\d\d-\d\dT[\d:.]+Z\torders\te0\ts0\t\{"n":12345678901234567890,"note":".*"\}$/);
    expect([stderr, exitCode]).toEqual(['go on with --after 3\n', 0]);
  });

  it('gives programs one object a line, each number with all its digits', async () => {
    store(0, 2);
    const { stdout, stderr } = await oncelog(['tail', '--until-end', '--json']);
    const [first] = stdout.split('\n');
    expect(first).toContain('"payload":{"n":12345678901234567890,');
    expect(JSON.parse(first!)).toMatchObject({ topic: 'orders', event_id: 'e0', position: 1, cursor: '1' });
    expect(JSON.parse(stderr)).toEqual({ notice: 'go on with --after 2', cursor: '2' });
  });

  it('fits each event into one line of a terminal of 60 columns', async () => {
    store(0, 2, 'a-topic-with-quite-a-long-name');
    store(2, 3, 'short');
    const { stdout } = await oncelog(['tail', '--until-end'], { terminal: true, columns: 60 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThan(60);
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d {2}1 {2}a-topic-wit… {2}e0 {2}\{"n":123/);
    expect(lines[2]!.indexOf('e2')).toBe(lines[0]!.indexOf('e0'));
  });

  it('filters by topics and prefixes, sources and attributes', async () => {
    store(0, 6, 'shop.a');
    store(6, 12, 'shop.b');
    store(12, 18, 'other');
    const found = async (...args: string[]) => ids((await oncelog(['tail', '--until-end', '--json', ...args])).stdout);
    expect(await found('--topic', 'shop.a', '--topic', 'other')).toHaveLength(12);
    expect(await found('--prefix', 'shop.', '--source', 's0')).toEqual(['e0', 'e3', 'e6', 'e9']);
    expect(await found('-t', 'other', '--attribute', 'even=true')).toEqual(['e12', 'e14', 'e16']);
  });

  it('ends after so many, and goes on after a cursor', async () => {
    store(0, 5);
    expect(ids((await oncelog(['tail', '--json', '--limit', '2'])).stdout)).toEqual(['e0', 'e1']);
    expect(ids((await oncelog(['tail', '--json', '--until-end', '--after', '3'])).stdout)).toEqual(['e3', 'e4']);
  });

  it('shows only what comes when it is told to, and ends with 0 when it is interrupted', async () => {
    store(0, 3);
    const stopping = new AbortController();
    const onOutput = (text: string) => text.includes('e4') && stopping.abort();
    const running = oncelog(['tail', '--from-now', '--json'], { interrupted: stopping.signal, onOutput });
    await expect.poll(() => server.subscriptions.open).toBe(1);
    store(3, 5);
    const { stdout, stderr, exitCode } = await running;
    expect(ids(stdout)).toEqual(['e3', 'e4']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('go on with --after');
  });

  it('exits 130 when it is interrupted before an end of its own', async () => {
    const stopping = new AbortController();
    const onOutput = () => stopping.abort();
    store(0, 1);
    const { exitCode } = await oncelog(['tail', '--limit', '5'], { interrupted: stopping.signal, onOutput });
    expect(exitCode).toBe(130);
  });

  it('refuses what does not go together, and what is empty', async () => {
    expect(await oncelog(['tail', '--after', '1', '--from-now'])).toMatchObject({ exitCode: 2 });
    expect(await oncelog(['tail', '--after', ''])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--after is empty'),
    });
    expect(await oncelog(['tail', '--topic', ''])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--topic is empty'),
    });
  });

  it('says why it cannot begin', async () => {
    await server.close();
    const { exitCode, stderr } = await oncelog(['tail', '--json']);
    expect([exitCode, JSON.parse(stderr)]).toMatchObject([5, { code: 'UNREACHABLE' }]);
    server = await startStandInServer();
  });
});
