import type { Outcome } from '@oncelog/core';
import { compareWithReference, type CreateStorePlace, describeEventStore } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { createMemoryEventStore } from './memory-event-store.ts';
import { createMemoryLog } from './memory-log.ts';

const createPlace: CreateStorePlace = async () => {
  const log = createMemoryLog();
  return { open: async (options) => createMemoryEventStore({ ...options, log }), remove: async () => undefined };
};

describeEventStore('memory', createPlace);

describe('the property test', () => {
  it('finds no difference between the reference and itself', async () => {
    await compareWithReference(3, createPlace, createPlace, 1000);
  });

  it('finds a store that forgets its keys when it is opened again', async () => {
    const forgetful: CreateStorePlace = async () => ({
      open: async (options) => createMemoryEventStore(options),
      remove: async () => undefined,
    });
    await expect(compareWithReference(3, createPlace, forgetful, 1000)).rejects.toThrow('seed 3, step');
  });

  const leniently = (outcome: Outcome): Outcome =>
    outcome.status === 'conflict' ? { ...outcome, status: 'duplicate' } : outcome;

  it('finds a store that takes a conflict for a duplicate', async () => {
    const lenient: CreateStorePlace = async () => {
      const place = await createPlace();
      const open: typeof place.open = async (options) => {
        const store = await place.open(options);
        const startGroup = store.startGroup.bind(store);
        store.startGroup = () => {
          const group = startGroup();
          const commit = async () => (await group.commit()).map((outcomes) => outcomes.map(leniently));
          return { ...group, commit };
        };
        return store;
      };
      return { ...place, open };
    };
    await expect(compareWithReference(3, createPlace, lenient)).rejects.toThrow('seed 3, step');
  });
});
