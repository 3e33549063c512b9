import { type CreateStorePlace, describeAgainstReference } from '@oncelog/core/testing';
import { createMemoryEventStore, createMemoryLog } from '@oncelog/store-memory';
import { createSqlitePlace } from './testing/temporary-store.ts';

const createMemoryPlace: CreateStorePlace = async () => {
  const log = createMemoryLog();
  return { open: async (options) => createMemoryEventStore({ ...options, log }), remove: async () => undefined };
};

describeAgainstReference('sqlite', createMemoryPlace, createSqlitePlace);
