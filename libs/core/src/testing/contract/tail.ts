// Contract: what follows a position, filtered and bounded.
import { append } from '../append.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventFilter, everyEvent, isErased } from '../../event-filter.ts';
import type { EventStore, TailQuery } from '../../event-store.ts';
import { comparableEntry, sampleEvent } from '../sample-events.ts';
import { type CreateStorePlace, createTestClock, type StorePlace } from '../store-place.ts';

/** Position p has topic "even" or "odd", source p % 3 and 10 bytes; two places have lost their content. */
const count = 30;
const contentBytes = 10;
const erased = [9, 20];
const roomy = { after: 0, eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;

const topicOf = (position: number) => (position % 2 === 0 ? 'even' : 'odd');

export function describeTail(createPlace: CreateStorePlace): void {
  describe('what follows a position', () => {
    const { clock } = createTestClock();
    let place: StorePlace | undefined;
    let store: EventStore | undefined;

    beforeAll(async () => {
      place = await createPlace();
      store = await place.open({ clock });
      expect(await tail({})).toEqual({ positions: [], scannedTo: 0, head: 0 });
      const events = from(1, count).map((position) => {
        const content = { bytes: new Uint8Array(contentBytes).fill(position), contentType: 'text/plain' };
        return sampleEvent(topicOf(position), `${position}`, { source: `${position % 3}`, content });
      });
      await append(store, [events]);
      for (const position of erased) expect(await store.erase(topicOf(position), `${position}`)).toBe(true);
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    const tail = async ({
      filter,
      ...query
    }: Partial<Omit<TailQuery, 'filter'>> & { filter?: Partial<EventFilter> }) => {
      const { entries, ...rest } = await store!.tail({ ...roomy, ...query, filter: { ...everyEvent, ...filter } });
      return { positions: entries.map(({ position }) => position), ...rest };
    };
    const from = (first: number, last: number, step = 1) =>
      Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
    const withErased = (positions: readonly number[], more = erased) =>
      [...new Set([...positions, ...more])].sort((a, b) => a - b);

    it('comes in position order, every place of the log once', async () => {
      expect(await tail({})).toEqual({ positions: from(1, count), scannedTo: count, head: count });
      expect(await tail({ after: 27 })).toEqual({ positions: [28, 29, 30], scannedTo: count, head: count });
    });

    it('is whole events, and for an erased one its key, place and time', async () => {
      const { entries } = await store!.tail({ ...roomy, filter: everyEvent });
      for (const entry of entries) {
        const { position, topic, eventId, storedTimeMs } = entry;
        expect({ topic, eventId, storedTimeMs }).toEqual({
          topic: topicOf(position),
          eventId: `${position}`,
          storedTimeMs: clock(),
        });
        const left = { erased: true, topic, eventId, position, storedTimeMs };
        if (erased.includes(position)) expect(entry).toStrictEqual(left);
        else expect(comparableEntry(entry)).toStrictEqual(comparableEntry((await store!.get(topic, eventId))!));
      }
      expect(entries.filter(isErased)).toHaveLength(erased.length);
    });

    it('is nothing after the head, and never sends a reader back', async () => {
      expect(await tail({ after: count })).toEqual({ positions: [], scannedTo: count, head: count });
      expect(await tail({ after: 1000 })).toEqual({ positions: [], scannedTo: 1000, head: count });
      expect(await tail({ after: 1000, filter: { topics: ['even'] } })).toMatchObject({ scannedTo: 1000 });
    });

    it('ends at its number of events, erased ones included', async () => {
      expect(await tail({ eventsMax: 10 })).toMatchObject({ positions: from(1, 10), scannedTo: 10 });
      expect(await tail({ eventsMax: count })).toMatchObject({ positions: from(1, count), scannedTo: count });
      expect(await tail({ eventsMax: 10, after: 20 })).toMatchObject({ positions: from(21, 30), scannedTo: count });
    });

    it('goes on past what does not match, up to the next event that would be one too many', async () => {
      const filter = { topics: ['even', 'none'], sources: ['1'] };
      expect(await tail({ filter, eventsMax: 3 })).toMatchObject({ positions: [4, 10, 16], scannedTo: 16 });
      expect(await tail({ filter, after: 16, eventsMax: 3 })).toMatchObject({
        positions: [20, 22, 28],
        scannedTo: count,
      });
    });

    it('ends before the event that would not fit into its bytes, and weighs nothing for an erased one', async () => {
      expect(await tail({ bytesMax: 3 * contentBytes })).toMatchObject({ positions: [1, 2, 3], scannedTo: 3 });
      expect(await tail({ bytesMax: 4 * contentBytes - 1 })).toMatchObject({ positions: [1, 2, 3], scannedTo: 3 });
      expect(await tail({ bytesMax: 2 * contentBytes, after: 7 })).toMatchObject({
        positions: [8, 9, 10],
        scannedTo: 10,
      });
      expect(await tail({ bytesMax: 3 * contentBytes, after: 27 })).toMatchObject({ scannedTo: count });
    });

    it('holds at least one event, however large', async () => {
      expect(await tail({ bytesMax: 1 })).toMatchObject({ positions: [1], scannedTo: 1 });
      expect(await tail({ bytesMax: 1, filter: { sources: ['2'] } })).toMatchObject({ positions: [2], scannedTo: 2 });
    });

    it('ends when it has looked at enough places, without a match too', async () => {
      expect(await tail({ scanMax: 8 })).toMatchObject({ positions: from(1, 8), scannedTo: 8 });
      const filter = { sources: ['none'] };
      expect(await tail({ scanMax: 8, filter })).toMatchObject({ positions: [], scannedTo: 8 });
      expect(await tail({ scanMax: 8, filter, after: 8 })).toMatchObject({ positions: [9], scannedTo: 16 });
      expect(await tail({ scanMax: 8, filter, after: 25 })).toMatchObject({ positions: [], scannedTo: count });
      expect(await tail({ scanMax: 8, filter: { topicPrefixes: ['none'] } })).toMatchObject({ scannedTo: 8 });
      expect(await tail({ scanMax: 8, filter: { topics: ['none', 'neither'] } })).toMatchObject({ scannedTo: 8 });
    });

    it('counts only the places of the topic as looked at when the filter is one whole topic', async () => {
      const filter = { topics: ['even'], sources: ['none'] };
      expect(await tail({ scanMax: 4, filter })).toMatchObject({ positions: [], scannedTo: 8 });
      expect(await tail({ scanMax: 4, filter, after: 13 })).toMatchObject({ positions: [20], scannedTo: 20 });
      expect(await tail({ scanMax: 4, filter, after: 23 })).toMatchObject({ positions: [], scannedTo: count });
      expect(await tail({ scanMax: 3, filter: { topics: ['odd'] } })).toMatchObject({
        positions: [1, 3, 5],
        scannedTo: 5,
      });
      expect(await tail({ scanMax: 1, filter: { topics: ['none'] } })).toMatchObject({ scannedTo: count });
      expect(await tail({ eventsMax: 3, filter: { topics: ['odd'] } })).toMatchObject({
        positions: [1, 3, 5],
        scannedTo: 5,
      });
    });

    it('holds the topics asked for, whole or by how they begin, any of them', async () => {
      expect((await tail({ filter: { topics: ['even'] } })).positions).toEqual(from(2, count, 2));
      expect((await tail({ filter: { topics: ['even', 'odd'] } })).positions).toEqual(from(1, count));
      expect((await tail({ filter: { topicPrefixes: ['ev'] } })).positions).toEqual(from(2, count, 2));
      expect((await tail({ filter: { topicPrefixes: ['evenly', 'o'] } })).positions).toEqual(from(1, count, 2));
      expect((await tail({ filter: { topicPrefixes: [''] } })).positions).toEqual(from(1, count));
      expect((await tail({ filter: { topics: ['odd'], topicPrefixes: ['ev'] } })).positions).toEqual(from(1, count));
      expect((await tail({ filter: { topics: ['none'], topicPrefixes: ['ev'] } })).positions).toEqual(
        from(2, count, 2),
      );
      expect((await tail({ filter: { topics: ['none'], topicPrefixes: ['neither'] } })).positions).toEqual([]);
    });

    it('holds the sources asked for, and erased events of all sources', async () => {
      expect((await tail({ filter: { sources: ['2'] } })).positions).toEqual(withErased(from(2, count, 3)));
      expect((await tail({ filter: { sources: ['2', '0'], topics: ['odd'] } })).positions).toEqual([
        3, 5, 9, 11, 15, 17, 21, 23, 27, 29,
      ]);
      expect((await tail({ filter: { sources: ['none'], attributes: { none: '' } } })).positions).toEqual(erased);
      expect((await tail({ filter: { sources: ['none'], topics: ['even'] } })).positions).toEqual([20]);
    });

    it.each([
      ['everything', {}],
      ['a topic', { topics: ['odd'] }],
      ['a topic and a source', { topics: ['odd'], sources: ['1'] }],
      ['a prefix and sources', { topicPrefixes: ['e'], sources: ['1', '2'] }],
    ])('reaches every match once, slice by slice: %s', async (_, filter) => {
      const { positions: expected } = await tail({ filter });
      const met: number[] = [];
      let after = 0;
      for (let slices = 0; after < count && slices < count; slices += 1) {
        const slice = await tail({ filter, after, eventsMax: 2, scanMax: 3 });
        met.push(...slice.positions);
        after = slice.scannedTo;
      }
      expect(met).toEqual(expected);
    });
  });
}
