// Stores in temporary directories, for the tests of this package.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateStorePlace } from '@oncelog/core/testing';
import { createSqliteEventStore } from '../sqlite-event-store.ts';

export function createTemporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'oncelog-'));
}

export const createSqlitePlace: CreateStorePlace = async () => {
  const directory = await createTemporaryDirectory();
  return {
    open: (options) => createSqliteEventStore({ ...options, directory, durability: 'os' }),
    remove: () => rm(directory, { recursive: true }),
  };
};
