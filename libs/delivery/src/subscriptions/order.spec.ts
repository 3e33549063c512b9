import { defaultLimits, type EventStore } from '@oncelog/core';
import { append } from '@oncelog/core/testing';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { describe, expect, it } from 'vitest';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { events, positions, setUp } from './testing/stored-log.ts';
import { Subscriber } from './testing/subscriber.ts';

describe('order', () => {
  /** Hands a position out when an event comes and shows it when its turn to commit has come: others overtake it. */
  function handingOutPositionsEarly(store: EventStore, hidden: Set<number>): EventStore {
    const tail = store.tail.bind(store);
    store.tail = async (query) => {
      const slice = await tail(query);
      return { ...slice, entries: slice.entries.filter(({ position }) => !hidden.has(position)) };
    };
    return store;
  }

  it('is that of the list for whoever leaves and comes back at random', async () => {
    const { store, subscriptions } = setUp({ liveWindowBytesMax: 20_000, batchEventsMax: 7 });
    const seen = await followAtRandom(store, subscriptions);
    expect(seen).toEqual(positions(1, 500));
  });

  it('shows a gap over a store that hands positions out before the commit: the check can fail', async () => {
    const hidden = new Set<number>();
    const store = handingOutPositionsEarly(createMemoryEventStore(), hidden);
    const subscriptions = createSubscriptions({ store, limits: { ...defaultLimits, batchEventsMax: 7 } });
    const seen = await followAtRandom(store, subscriptions, (position) => {
      hidden.clear();
      if (position < 500) hidden.add(position - 1);
    });
    expect(seen).not.toEqual(positions(1, 500));
  });

  async function followAtRandom(
    store: EventStore,
    subscriptions: Subscriptions,
    onStored: (position: number) => void = () => {},
  ): Promise<number[]> {
    const seen: number[] = [];
    let after = 0;
    const writing = (async () => {
      for (let position = 1; position <= 500; position += 1) {
        onStored(position);
        await append(store, [events(position, position)]);
        if (position % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let visit = 0; after < 500; visit += 1) {
      const subscriber = new Subscriber(subscriptions, { after });
      const patience = (visit * 7919) % 11;
      for (let step = 0; step <= patience && subscriber.position < 500; step += 1) await subscriber.next();
      seen.push(...subscriber.positions);
      after = Math.max(after, subscriber.position);
      await subscriber.close();
    }
    await writing;
    return seen;
  }
});
