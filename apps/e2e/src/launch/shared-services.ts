// Places of a test's own on the database server and the broker that all specs of a run share.
import { randomUUID } from 'node:crypto';
import type { PostgresUrl } from '@oncelog/testing/postgres-setup';
import type { RedisUrl } from '@oncelog/testing/redis-setup';
import { inject, onTestFinished } from 'vitest';
import type { LaunchOptions } from './aggregator-process.ts';
import { ReplicaSet, type ReplicaSetOptions } from './replica-set.ts';

/** A schema that nobody else uses. */
export function databaseOfTest(serverUrl: NonNullable<PostgresUrl> = inject('postgresUrl')!): string {
  const url = new URL(serverUrl);
  url.searchParams.set('schema', `test_${randomUUID()}`);
  return url.href;
}

/** A stream that nobody else uses. */
export function brokerOfTest(serverUrl: NonNullable<RedisUrl> = inject('redisUrl')!): string {
  const url = new URL(serverUrl);
  url.searchParams.set('stream', `test-${randomUUID()}`);
  return url.href;
}

export interface SharedPlaces extends LaunchOptions {
  readonly store: string;
  readonly args: readonly string[];
}

/** On the database that all share, which flushes nothing: it is not killed. */
export function sharedStore(): SharedPlaces {
  return { store: databaseOfTest(), args: ['--durability', 'os'] };
}

/** The same behind the broker that all share. */
export function sharedStoreBehindBroker(): SharedPlaces {
  const { store, args } = sharedStore();
  return { store, args: [...args, '--broker', brokerOfTest()] };
}

export async function replicasOfTest(options: ReplicaSetOptions): Promise<ReplicaSet> {
  const replicas = await ReplicaSet.launch(options);
  onTestFinished(() => replicas[Symbol.asyncDispose]());
  return replicas;
}
