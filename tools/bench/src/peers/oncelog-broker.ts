// An aggregator that accepts into Redis, and a worker that stores into PostgreSQL, each a process of its own.
import { missingPostgres, missingRedis } from '@oncelog/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAggregator, startAggregator, version } from './aggregator.ts';
import {
  postgresVersion,
  redisVersion,
  sizesOf,
  startFavouredPostgres,
  startFavouredRedis,
} from './favoured-servers.ts';
import type { Peer, Tally } from './peer.ts';

/** One round is stored within seconds of its last answer. */
const settleTimeoutMs = 120_000;
/** Within a hundredth of what a round takes. */
const lookEveryMs = 10;

export const oncelogBroker: Peer = {
  name: 'oncelog-broker',
  survives: 'power loss',
  durability: 'accepted: Redis, AOF, appendfsync always; one worker stores into PostgreSQL as oncelog-postgres does',
  knowsRepeats: true,
  find() {
    const absent = missingPostgres() ?? missingRedis();
    return absent === undefined ? { version: `${version}, ${postgresVersion()}, ${redisVersion()}` } : { absent };
  },
  async start({ lifetime }) {
    const postgres = await startFavouredPostgres(lifetime);
    const redis = await startFavouredRedis(lifetime);
    const settings = ['--store', postgres.url, '--broker', redis.url, '--role'];
    const serving = await startAggregator(lifetime, [...settings, 'serve']);
    const working = await startAggregator(lifetime, [...settings, 'work']);
    return {
      address: serving.address,
      pids: [serving.pid, working.pid, redis.pid, postgres.pid],
      url: serving.url,
      sizes: () => sizesOf(postgres),
      settled: () => settled(serving.url),
      async stop() {
        await Promise.all([serving, working].map(({ child }) => lifetime.endChild(child)));
        await Promise.all([redis.stop(), postgres.stop()]);
      },
    };
  },
  connect: connectAggregator,
};

interface Stats {
  readonly unique_processed: number;
  readonly duplicate_dropped: number;
  readonly broker: { readonly waiting_events: number; readonly dead_entries: number };
}

async function settled(url: string): Promise<Tally> {
  const until = performance.now() + settleTimeoutMs;
  for (;;) {
    const stats = (await (await fetch(`${url}/stats`)).json()) as Stats;
    const { waiting_events: waiting, dead_entries: dead } = stats.broker;
    if (waiting === 0 && dead === 0) return { stored: stats.unique_processed, duplicates: stats.duplicate_dropped };
    if (dead > 0 || performance.now() > until) throw new Error(`${waiting} events wait, ${dead} entries are dead`);
    await delay(lookEveryMs);
  }
}
