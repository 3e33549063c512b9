import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, connect } from 'node:net';
import { join } from 'node:path';
import { createOncelogClient, newEvent, type OncelogClient } from '@oncelog/client';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { runNode } from '../launch/run-program.ts';
import { sharedStore } from '../launch/shared-services.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { cliMain, WatchedProcess } from '../reading/watched-process.ts';

const timeoutMs = 120_000;

const password = 'not-to-be-told';

async function start(options: Parameters<typeof launchAggregator>[0]): Promise<AggregatorProcess> {
  const aggregator = await launchAggregator(options);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  return aggregator;
}

async function clientOf({ target }: AggregatorProcess): Promise<OncelogClient> {
  const client = await createOncelogClient({ target });
  onTestFinished(() => client.close());
  return client;
}

function oncelog(args: readonly string[], aggregator?: AggregatorProcess) {
  return runNode(cliMain, args, { env: aggregator ? { ONCELOG_TARGET: aggregator.target } : {} });
}

async function linesOf(aggregator: AggregatorProcess, ...args: readonly string[]): Promise<unknown[]> {
  const { stdout, stderr } = await oncelog([...args, '--json'], aggregator);
  expect(stderr).not.toMatch(/"exit_code"/);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);
}

/** What must not have changed, as programs are told it. */
async function kept({ url, target }: AggregatorProcess) {
  const answer = async (path: string) => (await fetch(`${url}${path}`)).json() as Promise<Record<string, unknown>>;
  const { received, unique_processed: stored, duplicate_dropped: dropped, conflicts, topics } = await answer('/stats');
  const client = await createOncelogClient({ target });
  try {
    const { sources, logId, lastPosition } = await client.getStats();
    const counters = { received, stored, dropped, conflicts, topics, sources, logId, lastPosition };
    return { counters, groups: await client.groups.list(), events: await answer('/events?limit=1000') };
  } finally {
    client.close();
  }
}

function dataOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return join(folder.path, 'data');
}

/** The servers of the tests let everybody in: the password is only there to be kept. */
function withPassword(url: string): string {
  return Object.assign(new URL(url), { password }).href;
}

const events = Array.from({ length: 300 }, (_, n) => {
  return newEvent({ topic: `orders-${n % 7}`, eventId: `e${n}`, source: `s${n % 3}`, payload: { n } });
});

describe.skipIf(inject('postgresUrl') === undefined)(
  'a log that moves from SQLite to PostgreSQL',
  { timeout: timeoutMs },
  () => {
    it('goes on as if nothing had happened: cursors, repeats, groups and counters', async () => {
      const dataDir = dataOfTest();
      const { store, args } = sharedStore();
      const to = withPassword(store);
      const before = await start({ dataDir, args });
      const publisher = await clientOf(before);
      await publisher.publish(events);
      await publisher.publish([
        ...events.slice(0, 40),
        newEvent({ topic: 'orders-3', eventId: 'e3', payload: { other: true } }),
      ]);
      expect((await oncelog(['groups', 'create', 'billing', '--topic', 'orders-1'], before)).code).toBe(0);
      expect(await linesOf(before, 'consume', 'billing', '--limit', '5')).toHaveLength(5);
      const read = (await linesOf(before, 'tail', '--limit', '120')) as { cursor: string }[];
      const told = await kept(before);

      const copy = ['copy', '--from', `sqlite:${dataDir}`, '--to', to, '--json'];
      const inUse = await oncelog(copy);
      expect(inUse.code).toBe(5);
      expect(JSON.parse(inUse.stderr)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(inUse.stderr).toContain('in use by another oncelog');

      await before.end('SIGTERM');
      const copied = await oncelog(copy);
      expect(copied).toMatchObject({ code: 0, stderr: '' });
      expect(JSON.parse(copied.stdout)).toMatchObject({
        status: 'complete',
        events: 300,
        copied: 300,
        drops: 41,
        groups: 1,
      });
      expect(inUse.stderr + copied.stdout).not.toContain(password);

      const after = await start({ store: to, args });
      expect(await kept(after)).toEqual(told);
      const rest = (await linesOf(after, 'tail', '--after', read.at(-1)!.cursor, '--until-end')) as {
        position: number;
      }[];
      expect(rest.map(({ position }) => position)).toEqual(Array.from({ length: 180 }, (_, index) => 121 + index));
      expect(await linesOf(after, 'consume', 'billing', '--until-idle', '1')).toHaveLength(38);
      const { outcomes } = await (await clientOf(after)).publish([...events, newEvent({ topic: 'new', eventId: 'e' })]);
      expect(outcomes.map(({ position }) => Number(position))).toEqual(Array.from({ length: 301 }, (_, n) => n + 1));

      const again = await oncelog(copy);
      expect(again).toMatchObject({ code: 4, stdout: '' });
      expect(JSON.parse(again.stderr)).toMatchObject({ code: 'ALREADY_EXISTS' });
      expect(again.stderr).not.toContain(password);

      const back = await start({ dataDir, args });
      expect(await kept(back)).toEqual(told);
      const file = join(dataDir, 'meanwhile.ndjson');
      await writeFile(file, (await oncelog(['events', '--all', '--json'], after)).stdout);
      const { stdout } = await oncelog(['publish', '--file', file], back);
      expect(stdout).toContain('301 events: 1 stored, 300 duplicates, 0 conflicts');
    });

    it('is interrupted by Ctrl-C, stays closed to aggregators, and is finished by the same command', async () => {
      const dataDir = dataOfTest();
      const source = await start({ dataDir });
      await (await clientOf(source)).publish(events);
      await source.end('SIGTERM');
      const { store, args } = sharedStore();
      const url = new URL(store);
      const proxy = createServer();
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      onTestFinished(() => void proxy.close());
      const { port } = url;
      url.port = String((proxy.address() as AddressInfo).port);
      const copy = ['copy', '--from', `sqlite:${dataDir}`, '--to', withPassword(url.href)];

      const interrupted = new WatchedProcess(cliMain, '', copy);
      // Before the first answer of the database: nothing can have been copied yet.
      proxy.once('connection', () => interrupted.kill('SIGINT'));
      proxy.on('connection', (socket) => {
        const server = connect(Number(port), '127.0.0.1');
        for (const [from, other] of [[socket, server] as const, [server, socket] as const]) {
          from.pipe(other).on('error', () => from.destroy());
        }
      });
      expect(await interrupted.exited).toEqual({ code: 130, signal: null });
      expect(interrupted.stderr).toBe(
        'interrupted while copying, at 0 of 300 events: the same command goes on from there\n',
      );
      await expect(launchAggregator({ store: url.href, args })).rejects.toThrow('is a copy that is not finished');

      const finished = await oncelog(copy);
      expect(finished).toMatchObject({ code: 0, stderr: '' });
      expect(finished.stdout).toMatch(/^300 events copied in .* s, all 300 compared in .* s, without a difference\n/);
      expect((await oncelog(copy)).stdout).toMatch(/^the copy is complete: 300 events, compared in/);
      expect(await linesOf(await start({ store: url.href, args }), 'events', '--limit', '1000')).toHaveLength(300);
    });
  },
);

describe('oncelog copy', () => {
  it.each([
    [['--from', './data', '--to', 'postgresql://h/d'], 2, 'from: must be sqlite:<data directory>'],
    [['--from', 'sqlite:./data'], 2, 'Expected input for flag --to'],
    [['--from', 'sqlite:/nowhere', '--to', 'postgresql://h/d'], 4, 'NOT_FOUND: there is no log in /nowhere'],
  ])('says what is wrong with %j', async (flags, code, message) => {
    const failed = await oncelog(['copy', ...flags]);
    expect(failed).toMatchObject({ code, stdout: '' });
    expect(failed.stderr).toContain(message);
  });
});
