// Contract: received = stored + duplicates + conflicts, exactly, in all and by topic and source.
import { append } from '../append.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EventStore } from '../../event-store.ts';
import { otherSources } from '../../limits.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';
import { type CreateStorePlace, createTestClock, type StoreOptions } from '../store-place.ts';

const all = { topicsMax: 100, sourcesMax: 100 };

export function describeCounters(createPlace: CreateStorePlace): void {
  const openFresh = async (options: Partial<StoreOptions> = {}) => {
    const place = await createPlace();
    const opened: EventStore[] = [];
    onTestFinished(async () => {
      for (const store of opened) await store.close();
      await place.remove();
    });
    const open = async () => {
      const store = await place.open({ clock: createTestClock().clock, ...options });
      opened.push(store);
      return store;
    };
    return { open, store: await open() };
  };

  describe('counters', () => {
    it('are zero at first', async () => {
      const { store } = await openFresh();
      expect(await store.stats(all)).toEqual({
        received: 0,
        stored: 0,
        duplicates: 0,
        conflicts: 0,
        topics: [],
        topicCount: 0,
        sources: [],
        sourceCount: 0,
        lastPosition: 0,
      });
    });

    it('count every event once, the most first and then by the bytes of the name, within the bounds', async () => {
      const { store } = await openFresh();
      const other = jsonContent('{"other":1}');
      // In UTF-16 the emoji sorts before U+FF5E, in UTF-8 after it.
      const topics = ['b', 'a', '\u{1f642}', '\uff5e', 'c', 'c'];
      await append(store, [topics.map((topic, index) => sampleEvent(topic, `${index}`, { source: 'first' }))]);
      await append(store, [
        [sampleEvent('c', '4', { source: 'second' }), sampleEvent('c', '5', { source: 'second', content: other })],
      ]);
      await append(store, [[sampleEvent('a', '1', { source: '', content: other })]]);
      const counters = (name: string, stored: number, duplicates: number, conflicts: number) => ({
        name,
        received: stored + duplicates + conflicts,
        stored,
        duplicates,
        conflicts,
      });
      const stats = await store.stats(all);
      expect(stats).toEqual({
        received: 9,
        stored: 6,
        duplicates: 1,
        conflicts: 2,
        topics: [
          counters('c', 2, 1, 1),
          counters('a', 1, 0, 1),
          counters('b', 1, 0, 0),
          counters('\uff5e', 1, 0, 0),
          counters('\u{1f642}', 1, 0, 0),
        ],
        topicCount: 5,
        sources: [counters('first', 6, 0, 0), counters('second', 0, 1, 1), counters('', 0, 0, 1)],
        sourceCount: 3,
        lastPosition: 6,
      });
      expect(await store.stats({ topicsMax: 2, sourcesMax: 1 })).toEqual({
        ...stats,
        topics: stats.topics.slice(0, 2),
        sources: stats.sources.slice(0, 1),
      });
      expect(await store.stats({ topicsMax: 0, sourcesMax: 0 })).toEqual({ ...stats, topics: [], sources: [] });
    });

    it('count sources past the bound together, before and after a restart', async () => {
      const { store, open } = await openFresh({ limits: { sourcesCountedMax: 2 } });
      const fromSources = (round: string) =>
        ['a', 'b', 'c', 'd', 'a'].map((source, index) => sampleEvent('t', `${round}${index}`, { source }));
      await append(store, [fromSources('first-')]);
      await store.close();
      const again = await open();
      await append(again, [fromSources('second-')]);
      const { sources, sourceCount, received } = await again.stats(all);
      expect(sources.map(({ name, received: each }) => [name, each])).toEqual([
        [otherSources, 4],
        ['a', 4],
        ['b', 2],
      ]);
      expect(sourceCount).toBe(3);
      expect(received).toBe(10);
      const { events } = await again.list({
        source: 'c',
        order: 'ascending',
        eventsMax: 9,
        bytesMax: 9999,
        scanMax: 99,
      });
      expect(events.map(({ eventId }) => eventId)).toEqual(['first-2', 'second-2']);
    });
  });
}
