// Contract: which of the events that follow a position fit a filter.
import { append } from '../append.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyBytes, type NewEvent } from '../../event.ts';
import { type EventFilter, everyEvent } from '../../event-filter.ts';
import type { EventStore, TailQuery } from '../../event-store.ts';
import { sampleEvent } from '../sample-events.ts';
import { type CreateStorePlace, createTestClock } from '../store-place.ts';

const roomy = { after: 0, eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;

const spellings = ['order', 'Order', 'order.eu', 'order_eu', 'order%', 'o%r', 'caf\u00e9', 'cafe\u0301', '🙂', '🙂🙃'];
const texts = [
  ...spellings,
  '',
  '"quoted"',
  'back\\slash',
  '\\',
  "it's",
  'tab\there',
  '\u0001',
  '{"a":"b"}',
  '","a":"b',
  '%',
  '_',
  '!',
  '__proto__',
];

async function positionsOf(store: EventStore, filter: Partial<EventFilter>, more: Partial<TailQuery> = {}) {
  const { entries } = await store.tail({ ...roomy, ...more, filter: { ...everyEvent, ...filter } });
  return entries.map(({ position }) => position);
}

export function describeFilters(createPlace: CreateStorePlace): void {
  describe('filters of what follows a position', () => {
    const openWith = async (events: readonly NewEvent[]) => {
      const place = await createPlace();
      const store = await place.open({ clock: createTestClock().clock });
      onTestFinished(async () => {
        await store.close();
        await place.remove();
      });
      await append(store, [events]);
      return store;
    };
    const positionsWhere = (items: readonly string[], fits: (item: string) => boolean) =>
      items.flatMap((item, index) => (fits(item) ? [index + 1] : []));

    it('tell topics and how they begin apart by their exact spelling', async () => {
      const store = await openWith(spellings.map((topic) => sampleEvent(topic, 'a')));
      for (const topic of spellings) {
        const same = positionsWhere(spellings, (each) => each === topic);
        expect(await positionsOf(store, { topics: [topic] }), topic).toEqual(same);
        const beginning = positionsWhere(spellings, (each) => each.startsWith(topic));
        expect(await positionsOf(store, { topicPrefixes: [topic] }), `${topic}…`).toEqual(beginning);
      }
    });

    it('tell sources apart by their exact spelling', async () => {
      const store = await openWith(texts.map((source, index) => sampleEvent('t', `${index}`, { source })));
      for (const source of texts) {
        expect(await positionsOf(store, { sources: [source] }), source).toEqual([texts.indexOf(source) + 1]);
      }
    });

    it('tell the names and values of attributes apart by their exact spelling', async () => {
      const attributes = (name: string, value: string) =>
        JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
      const events = texts.flatMap((text, index) => [
        sampleEvent('t', `name ${index}`, { attributes: attributes(text, 'v') }),
        sampleEvent('t', `value ${index}`, { attributes: { before: 'v', k: text, after: '' } }),
      ]);
      const store = await openWith(events);
      for (const [index, text] of texts.entries()) {
        expect(await positionsOf(store, { attributes: attributes(text, 'v') }), text).toEqual([2 * index + 1]);
        expect(await positionsOf(store, { attributes: { k: text } }), text).toEqual([2 * index + 2]);
      }
    });

    it('ask for all of their attributes, of events that have others too', async () => {
      const store = await openWith([
        sampleEvent('t', '1', { attributes: { a: '1', b: '2', c: '3' } }),
        sampleEvent('t', '2', { attributes: { a: '1', b: '3' } }),
        sampleEvent('t', '3', { attributes: { a: '1' } }),
        sampleEvent('t', '4', { attributes: {} }),
        sampleEvent('t', '5'),
      ]);
      expect(await positionsOf(store, { attributes: { c: '3', a: '1' } })).toEqual([1]);
      expect(await positionsOf(store, { attributes: { a: '1' } })).toEqual([1, 2, 3]);
      expect(await positionsOf(store, { attributes: { toString: '1' } })).toEqual([]);
      expect(await positionsOf(store, {})).toEqual([1, 2, 3, 4, 5]);
    });

    it('are not misled by attributes that only look alike in their text, however many', async () => {
      const lookalike = { 'a"b': 'c', x: 'b":"c', y: '"b":"c"', B: 'c', b: 'C' };
      const events = Array.from({ length: 200 }, (_, index) =>
        sampleEvent('t', `${index + 1}`, { attributes: index % 70 === 69 ? { b: 'c' } : lookalike }),
      );
      const store = await openWith(events);
      const filter = { ...everyEvent, attributes: { b: 'c' } };
      expect(await store.tail({ ...roomy, filter, eventsMax: 1 })).toMatchObject({
        entries: [{ position: 70 }],
        scannedTo: 70,
        head: 200,
      });
      expect(await store.tail({ ...roomy, filter, after: 70, eventsMax: 1 })).toMatchObject({
        entries: [{ position: 140 }],
        scannedTo: 200,
      });
    });

    it('tell the punctuation between attributes from attributes', async () => {
      const store = await openWith([
        sampleEvent('t', '1', { attributes: { 'x,': ':', y: 'z' } }),
        sampleEvent('t', '2', { attributes: { ':': ',' } }),
      ]);
      expect(await positionsOf(store, { attributes: { ':': ',' } })).toEqual([2]);
    });

    it('leave the attributes their weight in the bytes of a slice', async () => {
      const events = ['a', 'b', 'c'].map((id) => sampleEvent('t', id, { attributes: { trace: 'ü'.repeat(1000) } }));
      const store = await openWith(events);
      const bytesMax = 2 * bodyBytes(events[0]!);
      expect(await positionsOf(store, {}, { bytesMax })).toEqual([1, 2]);
      expect(await positionsOf(store, {}, { bytesMax: bytesMax - 1 })).toEqual([1]);
    });
  });
}
