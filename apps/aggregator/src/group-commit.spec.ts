import { defaultLimits, emptyContent, type EventStore, type NewEvent } from '@oncelog/core';
import { createIngest } from '@oncelog/ingest';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { describe, expect, it } from 'vitest';

const options = { eventsMax: 1000, whenFull: 'refuse' } as const;

function event(eventId: string, content = '{}'): NewEvent {
  return { topic: 't', eventId, source: '', content: { ...emptyContent, bytes: Buffer.from(content) } };
}

/** The real store, with its groups on record. */
function watched() {
  const store = createMemoryEventStore({ clock: () => 1000 });
  const groups: number[] = [];
  const startGroup: EventStore['startGroup'] = () => {
    const group = store.startGroup();
    let batches = 0;
    return {
      add(events) {
        batches += 1;
        group.add(events);
      },
      commit() {
        groups.push(batches);
        return group.commit();
      },
    };
  };
  return {
    store,
    groups,
    ingest: createIngest({
      log: Object.assign(Object.create(store) as EventStore, { startGroup }),
      limits: defaultLimits,
    }),
  };
}

describe('calls that share a commit', () => {
  it('each get their own outcomes, and the first of a key wins across them', async () => {
    const { ingest, groups } = watched();
    const [first, second, third] = await Promise.all([
      ingest.publish([event('a'), event('b')], options),
      ingest.publish([event('b'), event('c'), event('a', '{"n":2}')], options),
      ingest.publish([event('c'), event('d')], options),
    ]);
    expect(groups).toEqual([3]);
    const brief = (outcomes: typeof first) => outcomes!.map(({ status, position }) => [status, position]);
    expect(brief(first)).toEqual([
      ['stored', 1],
      ['stored', 2],
    ]);
    expect(brief(second)).toEqual([
      ['duplicate', 2],
      ['stored', 3],
      ['conflict', 1],
    ]);
    expect(brief(third)).toEqual([
      ['duplicate', 3],
      ['stored', 4],
    ]);
  });

  it('leave exact counters behind', async () => {
    const { ingest, store, groups } = watched();
    await Promise.all(Array.from({ length: 300 }, (_, index) => ingest.publish([event(`e${index % 100}`)], options)));
    expect(groups.reduce((sum, size) => sum + size, 0)).toBe(300);
    expect(groups.length).toBeLessThan(300);
    const stats = await store.stats({ topicsMax: 10, sourcesMax: 10 });
    expect(stats).toMatchObject({ received: 300, stored: 100, duplicates: 200, conflicts: 0, lastPosition: 100 });
  });
});

describe('a store that is closed', () => {
  it('refuses with a code that says to come back', async () => {
    const { ingest, store } = watched();
    await store.close();
    await expect(ingest.publish([event('a')], options)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
