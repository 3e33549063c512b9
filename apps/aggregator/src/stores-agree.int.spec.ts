// The stores that the aggregator can be started with answer alike, whatever happens to them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateStorePlace, describeAgainstReference } from '@oncelog/core/testing';
import { createMemoryEventStore, createMemoryLog } from '@oncelog/store-memory';
import { createSqliteEventStore } from '@oncelog/store-sqlite';

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
