// Stores in temporary directories, for the tests of this package.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateStorePlace } from '@oncelog/core/testing';
import { createSqliteEventStore, type SqliteEventStoreOptions } from '../sqlite-event-store.ts';

export function createTemporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'oncelog-'));
}

export function createSqlitePlaces(more: Pick<SqliteEventStoreOptions, 'keysUnindexedMax'> = {}): CreateStorePlace {
  return async () => {
    const directory = await createTemporaryDirectory();
    return {
      open: (options) => createSqliteEventStore({ ...options, ...more, directory, durability: 'os' }),
      remove: () => rm(directory, { recursive: true }),
    };
  };
}
