// Contract: keys are exact bytes. Whatever a database might fold, trim or interpret makes another key.
import { append } from '../append.ts';
import { describe, expect, it } from 'vitest';
import type { SharedStore } from '../event-store-contract.ts';
import { sampleEvent } from '../sample-events.ts';

const spellings = [
  'order-1',
  'Order-1',
  'ORDER-1',
  'order-1 ',
  ' order-1',
  'order-01',
  'caf\u00e9',
  'cafe\u0301',
  '\u212b',
  '\u00c5',
  'stra\u00dfe',
  'strasse',
  '\ufb01',
  'fi',
  '\u200border-1',
  'order-1\u200b',
  'order\u20111',
  '\u202eorder-1',
  '🙂',
  '🙂\ufe0f',
  '👨‍👩‍👧',
  '../order-1',
  './order-1',
  'order-1/..',
  '%6frder-1',
  "'; drop table event; --",
  '" or 1=1 --',
  'order_1',
  'order%',
  '*',
  '1',
  '1.0',
  '01',
  '1e0',
  'null',
  'NULL',
  'true',
  '__proto__',
  'constructor',
  'a~~~b',
  '\uffff',
  '\u{10ffff}',
  'x'.repeat(255),
];

export function describeKeys(shared: () => SharedStore): void {
  describe('keys', () => {
    it('stores every spelling of an event id once, under itself', async () => {
      const { store } = shared();
      const events = spellings.map((eventId) => sampleEvent('spelled-ids', eventId));
      const [stored = []] = await append(store, [events]);
      const [repeated = []] = await append(store, [events]);
      expect(stored.filter(({ status }) => status !== 'stored')).toEqual([]);
      expect(repeated).toEqual(stored.map((outcome) => ({ ...outcome, status: 'duplicate' })));
      for (const [index, eventId] of spellings.entries()) {
        expect(await store.get('spelled-ids', eventId)).toMatchObject({ eventId, position: stored[index]!.position });
      }
    });

    it('keeps every spelling of a topic apart, with the same event id in each', async () => {
      const { store } = shared();
      const [stored = []] = await append(store, [spellings.map((topic) => sampleEvent(topic, 'the same id'))]);
      expect(stored.filter(({ status }) => status !== 'stored')).toEqual([]);
      for (const [index, topic] of spellings.entries()) {
        const slice = await store.list({ topic, order: 'ascending', eventsMax: 9, bytesMax: 9999, scanMax: 9999 });
        expect(slice.events).toMatchObject([{ topic, position: stored[index]!.position }]);
      }
    });

    it('tells keys apart whose parts only look alike when joined', async () => {
      const { store } = shared();
      const pairs = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['a~~~b', 'c'],
        ['a', 'b~~~c'],
      ] as const;
      const [outcomes = []] = await append(store, [pairs.map(([topic, eventId]) => sampleEvent(topic, eventId))]);
      expect(outcomes.map(({ status }) => status)).toEqual(pairs.map(() => 'stored'));
    });
  });
}
