// The promises of overlapping writers, as two specs of different size hold them against what they saw.
import { Client } from 'pg';
import { expect } from 'vitest';
import type { ReplicaSet } from '../launch/replica-set.ts';
import { runOverlappingWriters } from './overlapping-writers.ts';

export async function expectOneStoredPerKey(replicas: ReplicaSet, count: number, serverUrl: string): Promise<void> {
  const { answers, distinct, listed, counters, differences, publishSeconds } = await runOverlappingWriters(
    replicas,
    count,
  );
  process.stdout.write(`${count} events, ${distinct} keys, over 4 replicas: ${publishSeconds.toFixed(1)} s\n`);
  expect(answers.contradictions).toEqual([]);
  expect(answers.counts).toEqual({ stored: distinct, duplicates: count - distinct, others: 0 });
  const counted = { received: count, stored: distinct, duplicates: count - distinct, conflicts: 0 };
  expect(counters).toEqual(replicas.targets.map(() => counted));
  expect(listed).toBe(distinct);
  expect(differences).toEqual([]);
  // Its connections report what they have seen when they end, at the latest.
  for (const exit of await replicas.endAll('SIGTERM')) expect(exit).toEqual({ code: 0, signal: null });
  expect(await deadlocksSeen(serverUrl)).toBe(0);
}

async function deadlocksSeen(serverUrl: string): Promise<number> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  const sql = 'select deadlocks::int from pg_stat_database where datname = current_database()';
  const { rows } = await client.query<{ deadlocks: number }>(sql);
  await client.end();
  return rows[0]!.deadlocks;
}
