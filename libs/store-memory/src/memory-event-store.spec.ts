import type { EventStore, Outcome } from '@oncelog/core';
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
  const altered =
    (alter: (store: EventStore) => void): CreateStorePlace =>
    async () => {
      const place = await createPlace();
      const open: typeof place.open = async (options) => {
        const store = await place.open(options);
        alter(store);
        return store;
      };
      return { ...place, open };
    };

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
    const lenient = altered((store) => {
      const startGroup = store.startGroup.bind(store);
      store.startGroup = () => {
        const group = startGroup();
        const commit = async () => (await group.commit()).map((outcomes) => outcomes.map(leniently));
        return { ...group, commit };
      };
    });
    await expect(compareWithReference(3, createPlace, lenient)).rejects.toThrow('seed 3, step');
  });

  it('finds a store that keeps what it was told to erase', async () => {
    const keeping = altered((store) => {
      store.erase = async (topic, eventId) => (await store.get(topic, eventId)) !== undefined;
    });
    await expect(compareWithReference(3, createPlace, keeping)).rejects.toThrow('seed 3, step');
  });

  it('finds a store that ends a slice of what follows too early', async () => {
    const hasty = altered((store) => {
      const tail = store.tail.bind(store);
      store.tail = ({ scanMax, ...query }) => tail({ ...query, scanMax: Math.ceil(scanMax / 2) });
    });
    await expect(compareWithReference(3, createPlace, hasty)).rejects.toThrow('seed 3, step');
  });

  it('finds a store that changes a group whose version is another', async () => {
    const careless = altered(({ consumers }) => {
      const change = consumers.change.bind(consumers);
      consumers.change = async (changes) => {
        const versions = await Promise.all(
          changes.map(async ({ name }) => (await consumers.group(name))?.version ?? 0),
        );
        return change(changes.map((each, index) => ({ ...each, expectedVersion: versions[index]! })));
      };
    });
    await expect(compareWithReference(3, createPlace, careless)).rejects.toThrow('seed 3, step');
  });
});
