// The stores that the aggregator can be started with answer alike, whatever happens to them.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateStorePlace, describeAgainstReference } from '@oncelog/core/testing';
import { createMemoryEventStore, createMemoryLog } from '@oncelog/store-memory';
import { createPostgresEventStore } from '@oncelog/store-postgres';
import { createSqliteEventStore } from '@oncelog/store-sqlite';
import type { PostgresUrl } from '@oncelog/testing/postgres-setup';
import { describe, inject } from 'vitest';

const createMemoryPlace: CreateStorePlace = async () => {
  const log = createMemoryLog();
  return { open: async (options) => createMemoryEventStore({ ...options, log }), remove: async () => undefined };
};

/** Few enough keys wait for the index that a run moves them there dozens of times. */
const keysUnindexedMax = 7;

const createSqlitePlace: CreateStorePlace = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'oncelog-'));
  return {
    open: (options) => createSqliteEventStore({ ...options, directory, durability: 'os', keysUnindexedMax }),
    remove: () => rm(directory, { recursive: true }),
  };
};

describeAgainstReference('sqlite', createMemoryPlace, createSqlitePlace);

const serverUrl: PostgresUrl = inject('postgresUrl');

/** The bodies of a run lie in several partitions. */
const partitionPositions = 50;

const createPostgresPlace: CreateStorePlace = async () => {
  const url = new URL(serverUrl!);
  url.searchParams.set('schema', `test_${randomUUID()}`);
  return {
    open: (options) => createPostgresEventStore({ ...options, url: url.href, durability: 'os', partitionPositions }),
    // The server of the tests goes, and everything on it.
    remove: async () => undefined,
  };
};

describe.runIf(serverUrl !== undefined)('PostgreSQL', () => {
  describeAgainstReference('postgresql', createMemoryPlace, createPostgresPlace);
});
