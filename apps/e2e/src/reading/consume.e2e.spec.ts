import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises'; // clock: see pollMs
import { fileURLToPath } from 'node:url';
import { createOncelogClient, newEvent, type OncelogClient } from '@oncelog/client';
import { stablePort } from '@oncelog/testing';
import { expect, it, onTestFinished } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { cliMain, WatchedProcess } from './watched-process.ts';

const rounds = 6;
const perRound = 100;
const pollMs = 10;

const holdingMember = fileURLToPath(new URL('./holding-member.ts', import.meta.url));

async function publish(client: OncelogClient, round: number): Promise<void> {
  const ids = Array.from({ length: perRound }, (_, index) => `e${round * perRound + index}`);
  await client.publish(ids.map((eventId) => newEvent({ topic: 'orders', eventId })));
}

/** Everything acknowledged, also what a dead member had: its leases are over after a second. */
async function whenDone(client: OncelogClient): Promise<void> {
  for (;;) {
    const group = await client.groups.get('billing');
    if (group?.backlog === 0 && group.outstanding === 0) return;
    await delay(pollMs);
  }
}

it('oncelog consume loses nothing when a member and the aggregator are killed with kill -9', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const launch = { dataDir: join(folder.path, 'data'), port: await stablePort() };
  let aggregator = await launchAggregator(launch);
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  const retry = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: 60_000 };
  const client = await createOncelogClient({ target: aggregator.target, retry });
  onTestFinished(() => client.close());
  await client.groups.create('billing', { topics: ['orders'], leaseMs: 1000, attemptsMax: 1000 });

  const start = () => new WatchedProcess(cliMain, aggregator.target, ['consume', 'billing', '--json']);
  const [first, second] = [start(), start()];
  for (let round = 0; round < rounds; round += 1) {
    await publish(client, round);
    while (first.lines.length + second.lines.length <= round * perRound) await delay(pollMs);
    if (round === 1) first.kill('SIGKILL');
    if (round === 3) {
      await aggregator.end('SIGKILL');
      await second.when(({ stderr }) => stderr.includes('connection lost'));
      aggregator = await launchAggregator(launch);
    }
  }
  await whenDone(client);

  second.kill('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
  const seen = [...first.lines, ...second.lines].map((line) => (JSON.parse(line) as { event_id: string }).event_id);
  expect(new Set(seen).size).toBe(rounds * perRound);
  expect(second.stderr).toContain('connected again');
});

it('what a member has not acknowledged when it is killed with kill -9 comes to another, all of it', async () => {
  const { target, end } = await launchAggregator();
  onTestFinished(async () => void (await end('SIGKILL')));
  const client = await createOncelogClient({ target });
  onTestFinished(() => client.close());
  await client.groups.create('billing', { topics: ['orders'], leaseMs: 1000, attemptsMax: 1000 });
  await publish(client, 0);

  const killed = new WatchedProcess(holdingMember, target, ['billing', String(perRound)]);
  await killed.when(({ lines }) => lines.length === perRound);
  expect(await client.groups.get('billing')).toMatchObject({ outstanding: perRound, backlog: 0 });
  killed.kill('SIGKILL');
  expect(await killed.exited).toMatchObject({ signal: 'SIGKILL' });

  const another = new WatchedProcess(cliMain, target, ['consume', 'billing', '--json', '--limit', String(perRound)]);
  expect(await another.exited).toEqual({ code: 0, signal: null });
  const seen = another.lines.map((line) => JSON.parse(line) as { event_id: string; attempt: number });
  expect(seen.map(({ event_id: id }) => id).sort()).toEqual(killed.lines.sort());
  for (const { attempt } of seen) expect(attempt).toBeGreaterThan(1);
  expect(await client.groups.get('billing')).toMatchObject({ outstanding: 0, deadLetters: 0 });
});
