// Contract: erasing takes the content of an event, and leaves its key taken.
import { append } from '../append.ts';
import { describe, expect, it } from 'vitest';
import type { Content } from '../../event.ts';
import { everyEvent } from '../../event-filter.ts';
import type { EventStore } from '../../event-store.ts';
import type { SharedStore } from '../event-store-contract.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';
import type { CreateStorePlace } from '../store-place.ts';
import { openFreshStore } from './fresh-store.ts';

const roomy = { eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;
const all = { topicsMax: 100, sourcesMax: 100 };

async function listed(store: EventStore, query: Partial<Parameters<EventStore['list']>[0]> = {}) {
  const { events, ...rest } = await store.list({ ...roomy, order: 'ascending', ...query });
  return { positions: events.map(({ position }) => position), ...rest };
}

export function describeErasing(shared: () => SharedStore, createPlace: CreateStorePlace): void {
  const openFresh = () => openFreshStore(createPlace);

  describe('erasing', () => {
    const spelled = jsonContent('{"a":1,"b":[2,3]}');
    const again: readonly (readonly [name: string, content: Content, status: 'duplicate' | 'conflict'])[] = [
      ['the same bytes', spelled, 'duplicate'],
      ['the same JSON in another spelling', jsonContent('{ "b": [2.0, 3e0], "a": 1 }'), 'duplicate'],
      ['the same JSON as data', jsonContent('{"b":[2,3],"a":1}', 'application/json; charset=utf-8'), 'duplicate'],
      ['another value', jsonContent('{"a":1,"b":[2,4]}'), 'conflict'],
      ['the same text of another type', jsonContent('{"a":1,"b":[2,3]}', 'text/plain'), 'conflict'],
      ['nothing', jsonContent('{}'), 'conflict'],
    ];

    it('leaves nothing to get, nothing to list, and a place in what follows', async () => {
      const { store } = shared();
      const events = ['a', 'b', 'c'].map((id) => sampleEvent('erased', id));
      const [[first, second, third] = []] = await append(store, [events]);
      expect(await store.erase('erased', 'b')).toBe(true);
      expect(await store.get('erased', 'b')).toBeUndefined();
      expect((await listed(store, { topic: 'erased' })).positions).toEqual([first?.position, third?.position]);
      const { entries } = await store.tail({ ...roomy, filter: everyEvent, after: first!.position });
      expect(entries).toMatchObject([{ position: second?.position }, { eventId: 'c', source: 'tests' }]);
      expect(entries[0]).toStrictEqual({
        erased: true,
        topic: 'erased',
        eventId: 'b',
        position: second?.position,
        storedTimeMs: second?.storedTimeMs,
      });
    });

    it('answers whether there was anything to erase', async () => {
      const { store } = shared();
      await append(store, [[sampleEvent('erased once', 'a'), sampleEvent('not erased', 'b')]]);
      expect(await store.erase('erased once', 'unknown')).toBe(false);
      expect(await store.erase('unknown', 'a')).toBe(false);
      expect(await store.erase('erased once', 'b')).toBe(false);
      expect(await store.erase('erased once', 'a')).toBe(true);
      expect(await store.erase('erased once', 'a')).toBe(false);
      expect(await store.get('not erased', 'b')).toBeDefined();
    });

    it('is done by one of several who ask at once', async () => {
      const { store } = shared();
      await append(store, [[sampleEvent('erased together', 'a')]]);
      const erased = await Promise.all([1, 2, 3].map(() => store.erase('erased together', 'a')));
      expect(erased.filter(Boolean)).toHaveLength(1);
    });

    it.each(again)('keeps the key taken: %s is published again', async (name, content, status) => {
      const { store } = shared();
      const topic = `erased, then ${name}`;
      const [[first] = []] = await append(store, [[sampleEvent(topic, 'a', { content: spelled })]]);
      await store.erase(topic, 'a');
      const event = sampleEvent(topic, 'a', { content });
      expect(await append(store, [[event, event]])).toEqual([[1, 2].map(() => ({ ...first, status }))]);
    });

    it('keeps the key of content that is not JSON taken', async () => {
      const { store } = shared();
      const images = [[0, 255], [0, 255], [0, 254], []].map((bytes) => {
        const content = { bytes: Uint8Array.from(bytes), contentType: 'image/png' };
        return sampleEvent('erased image', 'a', { content });
      });
      await append(store, [images.slice(0, 1)]);
      await store.erase('erased image', 'a');
      const [outcomes = []] = await append(store, [images.slice(1)]);
      expect(outcomes.map(({ status }) => status)).toEqual(['duplicate', 'conflict', 'conflict']);
    });

    it('keeps the key taken of what was compared with before it was erased', async () => {
      const { store } = shared();
      const topic = 'erased after a repeat';
      const same = sampleEvent(topic, 'a', { content: jsonContent('{"b":[2,3],"a":1}') });
      await append(store, [[sampleEvent(topic, 'a', { content: spelled }), same]]);
      await store.erase(topic, 'a');
      expect((await append(store, [[same]]))[0]).toMatchObject([{ status: 'duplicate' }]);
    });

    it('keeps the key taken over a restart', async () => {
      const { store, open } = await openFresh();
      const [first = []] = await append(store, [again.map(([name]) => sampleEvent('t', name, { content: spelled }))]);
      for (const [name] of again) expect(await store.erase('t', name)).toBe(true);
      await store.close();
      const published = again.map(([name, content]) => sampleEvent('t', name, { content }));
      expect(await append(await open(), [published])).toEqual([
        again.map(([, , status], index) => ({ ...first[index], status })),
      ]);
    });

    it('changes no counter, and gives positions on as before', async () => {
      const { store, open } = await openFresh();
      await append(store, [['a', 'b'].map((id) => sampleEvent('t', id))]);
      const before = await store.stats(all);
      await store.erase('t', 'b');
      expect(await store.stats(all)).toEqual(before);
      await store.close();
      const reopened = await open();
      expect(await reopened.stats(all)).toEqual(before);
      expect(await append(reopened, [[sampleEvent('t', 'c')]])).toMatchObject([[{ status: 'stored', position: 3 }]]);
    });

    it('holds when the log is opened again, also with nothing left in it', async () => {
      const { store, open } = await openFresh();
      const events = ['a', 'b', 'c'].map((id) => sampleEvent('t', id));
      await append(store, [events]);
      for (const { topic, eventId } of events) expect(await store.erase(topic, eventId)).toBe(true);
      await store.close();
      const reopened = await open();
      expect(await reopened.get('t', 'a')).toBeUndefined();
      expect(await reopened.erase('t', 'a')).toBe(false);
      expect(await listed(reopened)).toEqual({ positions: [], scannedTo: 3, end: true, head: 3 });
      const { entries } = await reopened.tail({ ...roomy, filter: everyEvent, after: 0 });
      expect(entries).toMatchObject([1, 2, 3].map((position) => ({ position, erased: true })));
    });

    it('makes no list shorter than it would be without', async () => {
      const { store } = await openFresh();
      const topics = ['t', 't', 't', 'u', 't', 't', 't', 't'];
      await append(store, [topics.map((topic, index) => sampleEvent(topic, `${index + 1}`))]);
      for (const id of ['2', '3', '6']) await store.erase('t', id);
      expect(await listed(store, { eventsMax: 3 })).toMatchObject({ positions: [1, 4, 5], scannedTo: 5, end: false });
      expect(await listed(store, { eventsMax: 3, topic: 't' })).toMatchObject({
        positions: [1, 5, 7],
        scannedTo: 7,
        end: false,
      });
      expect(await listed(store, { eventsMax: 2, topic: 't', order: 'descending', after: 8 })).toMatchObject({
        positions: [7, 5],
        scannedTo: 5,
        end: false,
      });
      expect(await listed(store, { eventsMax: 3, scanMax: 3, topic: 't' })).toMatchObject({
        positions: [1],
        scannedTo: 3,
        end: false,
      });
    });
  });
}
