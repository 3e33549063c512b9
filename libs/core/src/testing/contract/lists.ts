// Contract: slices of the log, filtered, bounded and in both orders.
import { append } from '../append.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventStore, ListQuery } from '../../event-store.ts';
import { sampleEvent } from '../sample-events.ts';
import { type CreateStorePlace, createTestClock, type StorePlace } from '../store-place.ts';

/** Position p has topic "even" or "odd", source p % 3 and 10 bytes; every tenth moves the clock by 100 ms. */
const count = 30;
const contentBytes = 10;
const startMs = 1_790_000_000_000;
const roomy = { order: 'ascending', eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;

export function describeLists(createPlace: CreateStorePlace): void {
  describe('lists', () => {
    const { clock, move } = createTestClock(startMs);
    let place: StorePlace | undefined;
    let store: EventStore | undefined;

    beforeAll(async () => {
      place = await createPlace();
      store = await place.open({ clock });
      expect(await store.list({ ...roomy })).toEqual({ events: [], scannedTo: 0, end: true, head: 0 });
      for (let position = 1; position <= count; position += 1) {
        const content = { bytes: new Uint8Array(contentBytes).fill(position), contentType: 'text/plain' };
        const topic = position % 2 === 0 ? 'even' : 'odd';
        await append(store, [[sampleEvent(topic, `${position}`, { source: `${position % 3}`, content })]]);
        if (position % 10 === 0) move(100);
      }
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });

    const list = async (query: Partial<ListQuery>) => {
      const { events, ...rest } = await store!.list({ ...roomy, ...query });
      return { positions: events.map(({ position }) => position), ...rest };
    };
    const from = (first: number, last: number, step = 1) =>
      Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);

    it('returns the whole log in position order, and its head', async () => {
      expect(await list({})).toEqual({ positions: from(1, count), scannedTo: count, end: true, head: count });
    });

    it('returns the newest first when descending, down to 0', async () => {
      const positions = from(1, count).reverse();
      expect(await list({ order: 'descending' })).toEqual({ positions, scannedTo: 0, end: true, head: count });
    });

    it('goes on after a position, exclusive, in the direction of the order', async () => {
      expect((await list({ after: 27 })).positions).toEqual([28, 29, 30]);
      expect((await list({ after: 4, order: 'descending' })).positions).toEqual([3, 2, 1]);
    });

    it.each([
      ['ascending', count],
      ['descending', 1],
    ] as const)('is at its end after the last position, %s', async (order, after) => {
      const { positions, end, scannedTo } = await list({ order, after });
      expect({ positions, end, scannedTo }).toEqual({
        positions: [],
        end: true,
        scannedTo: order === 'ascending' ? count : 0,
      });
    });

    it('never sends a reader back that is past the head', async () => {
      expect(await list({ after: 1000 })).toEqual({ positions: [], scannedTo: 1000, end: true, head: count });
      expect((await list({ after: 1000, order: 'descending' })).positions).toHaveLength(count);
    });

    it('ends a slice at its number of events, and says whether more follow', async () => {
      expect(await list({ eventsMax: 7 })).toEqual({ positions: from(1, 7), scannedTo: 7, end: false, head: count });
      expect(await list({ eventsMax: count })).toMatchObject({ scannedTo: count, end: true });
      expect(await list({ eventsMax: 3, order: 'descending' })).toMatchObject({
        positions: [30, 29, 28],
        scannedTo: 28,
        end: false,
      });
    });

    it('ends a slice before the event that would not fit into its bytes', async () => {
      expect(await list({ bytesMax: 3 * contentBytes })).toMatchObject({
        positions: [1, 2, 3],
        scannedTo: 3,
        end: false,
      });
      expect(await list({ bytesMax: 4 * contentBytes - 1 })).toMatchObject({ positions: [1, 2, 3], scannedTo: 3 });
      expect(await list({ bytesMax: 3 * contentBytes, after: 27 })).toMatchObject({
        positions: [28, 29, 30],
        end: true,
      });
    });

    it('holds at least one event, however large', async () => {
      expect(await list({ bytesMax: 1 })).toMatchObject({ positions: [1], scannedTo: 1, end: false });
    });

    it('returns the events of a topic, and how many it holds', async () => {
      expect(await list({ topic: 'even' })).toEqual({
        positions: from(2, count, 2),
        scannedTo: count,
        end: true,
        head: count,
        topicSize: count / 2,
      });
      expect(await list({ topic: 'odd', after: 5, eventsMax: 2 })).toMatchObject({
        positions: [7, 9],
        scannedTo: 9,
        end: false,
      });
      expect(await list({ topic: 'odd', order: 'descending', eventsMax: 2 })).toMatchObject({
        positions: [29, 27],
        scannedTo: 27,
      });
    });

    it('returns nothing for an unknown topic', async () => {
      const empty = { positions: [], scannedTo: count, end: true, head: count, topicSize: 0 };
      expect(await list({ topic: 'unknown' })).toEqual(empty);
    });

    it('returns the events of a source, alone and within a topic', async () => {
      expect((await list({ source: '2' })).positions).toEqual(from(2, count, 3));
      expect((await list({ source: '2', topic: 'even' })).positions).toEqual(from(2, count, 6));
      expect((await list({ source: '2', order: 'descending', eventsMax: 2 })).positions).toEqual([29, 26]);
      expect(await list({ source: 'unknown' })).toMatchObject({ positions: [], scannedTo: count, end: true });
    });

    it('ends a slice short when it has looked at enough events, without a match too', async () => {
      const short = { source: 'unknown', scanMax: 8 };
      expect(await list(short)).toMatchObject({ positions: [], scannedTo: 8, end: false });
      expect(await list({ ...short, after: 22 })).toMatchObject({ positions: [], scannedTo: count, end: true });
      expect(await list({ ...short, order: 'descending' })).toMatchObject({ positions: [], scannedTo: 23, end: false });
      expect(await list({ scanMax: 8 })).toMatchObject({ positions: from(1, 8), scannedTo: 8, end: false });
      expect(await list({ source: '0', scanMax: 8 })).toMatchObject({ positions: [3, 6], scannedTo: 8, end: false });
    });

    it('counts only the events of the topic as looked at', async () => {
      expect(await list({ topic: 'even', source: '0', scanMax: 4 })).toMatchObject({
        positions: [6],
        scannedTo: 8,
        end: false,
      });
    });

    it.each(['ascending', 'descending'] as const)('reaches every match once, slice by slice, %s', async (order) => {
      const query = { order, source: '1', topic: 'odd', eventsMax: 2, scanMax: 3 };
      const met: number[] = [];
      let slice = await list(query);
      for (let slices = 0; !slice.end && slices < count; slices += 1) {
        met.push(...slice.positions);
        slice = await list({ ...query, after: slice.scannedTo });
      }
      met.push(...slice.positions);
      expect(slice.end).toBe(true);
      expect(met).toEqual(order === 'ascending' ? [1, 7, 13, 19, 25] : [25, 19, 13, 7, 1]);
    });

    it('bounds the stored time: since is included, until is not', async () => {
      expect((await list({ sinceMs: startMs + 100 })).positions).toEqual(from(11, 30));
      expect((await list({ sinceMs: startMs + 101 })).positions).toEqual(from(21, 30));
      expect((await list({ untilMs: startMs + 100 })).positions).toEqual(from(1, 10));
      expect((await list({ untilMs: startMs + 101 })).positions).toEqual(from(1, 20));
      expect((await list({ sinceMs: startMs + 1, untilMs: startMs + 200 })).positions).toEqual(from(11, 20));
      expect(await list({ sinceMs: startMs + 201 })).toMatchObject({ positions: [], scannedTo: count, end: true });
      expect(await list({ sinceMs: startMs + 200, untilMs: startMs + 100 })).toMatchObject({
        positions: [],
        end: true,
      });
    });

    it('bounds the stored time together with everything else', async () => {
      const window = { sinceMs: startMs + 100, untilMs: startMs + 200, topic: 'even' };
      expect(await list({ ...window, order: 'descending' })).toMatchObject({
        positions: [20, 18, 16, 14, 12],
        end: true,
      });
      expect((await list({ ...window, order: 'descending', after: 17 })).positions).toEqual([16, 14, 12]);
      expect(await list({ ...window, after: 14, eventsMax: 2 })).toMatchObject({
        positions: [16, 18],
        scannedTo: 18,
        end: false,
      });
      expect(await list({ ...window, source: '0', scanMax: 3 })).toMatchObject({
        positions: [12],
        scannedTo: 16,
        end: false,
      });
    });
  });
}
