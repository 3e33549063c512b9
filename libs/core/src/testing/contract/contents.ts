// Contract: which contents under the same key are the same.
import { append } from '../append.ts';
import { describe, expect, it } from 'vitest';
import type { Content, NewEvent } from '../../event.ts';
import { bodyBytes } from '../../event.ts';
import type { SharedStore } from '../event-store-contract.ts';
import { jsonContent, sampleEvent } from '../sample-events.ts';

type Pair = readonly [name: string, first: Content, second: Content];

const same: readonly Pair[] = [
  ['the order of keys', jsonContent('{"a":1,"b":{"c":2,"d":3}}'), jsonContent('{"b":{"d":3,"c":2},"a":1}')],
  ['white space', jsonContent('{"a":[1,2]}'), jsonContent('{ "a" : [ 1, 2 ] }\n')],
  ['the spelling of a whole number', jsonContent('{"a":1}'), jsonContent('{"a":1.0}')],
  ['the spelling of a fraction', jsonContent('{"a":0.10}'), jsonContent('{"a":10e-2}')],
  ['the spelling of a string', jsonContent('{"a":"\\u0061\\/"}'), jsonContent('{"a":"a/"}')],
  ['payload or data with a JSON type', jsonContent('{"a":1}'), jsonContent('{"a":1}', 'application/json')],
  [
    'payload or data, spelled differently',
    jsonContent('{"a":1,"b":2}'),
    jsonContent('{"b":2, "a":1}', 'Application/JSON'),
  ],
  [
    'the parameters of the media type',
    jsonContent('text', 'text/plain'),
    jsonContent('text', 'TEXT/plain; charset=utf-8'),
  ],
  [
    'the order of keys under a +json type',
    jsonContent('{"a":1,"b":2}', 'a/b+json'),
    jsonContent('{"b":2,"a":1}', 'a/b+json'),
  ],
];

const different: readonly Pair[] = [
  ['a value', jsonContent('{"a":1}'), jsonContent('{"a":2}')],
  [
    '64-bit integers that round to the same double',
    jsonContent('{"a":9007199254740993}'),
    jsonContent('{"a":9007199254740992}'),
  ],
  ['the type of a value', jsonContent('{"a":1}'), jsonContent('{"a":"1"}')],
  ['null and absent', jsonContent('{"a":null}'), jsonContent('{}')],
  ['the order of an array', jsonContent('{"a":[1,2]}'), jsonContent('{"a":[2,1]}')],
  ['letter case', jsonContent('{"a":"x"}'), jsonContent('{"a":"X"}')],
  ['Unicode normalisation', jsonContent('{"a":"\u00e9"}'), jsonContent('{"a":"e\u0301"}')],
  ['the media type', jsonContent('text', 'text/plain'), jsonContent('text', 'text/html')],
  ['JSON and the same bytes as text', jsonContent('{"a":1}'), jsonContent('{"a":1}', 'text/plain')],
  ['the order of keys in text', jsonContent('{"a":1,"b":2}', 'text/plain'), jsonContent('{"b":2,"a":1}', 'text/plain')],
  ['white space in text', jsonContent('a b', 'text/plain'), jsonContent('a  b', 'text/plain')],
];

const besideContent: Record<string, Partial<NewEvent>> = {
  source: { source: 'another' },
  attributes: { attributes: { traceparent: '00-2-2-01' } },
  timestamp: { timestamp: { seconds: 2_000_000_000, nanos: 1 } },
};

export function describeContents(shared: () => SharedStore): void {
  const statuses = async (topic: string, contents: readonly Content[], together: boolean) => {
    const { store } = shared();
    const events = contents.map((content) => sampleEvent(topic, 'a', { content }));
    if (together) return (await append(store, [events])).flat().map(({ status }) => status);
    const outcomes = [];
    for (const event of events) outcomes.push(...(await append(store, [[event]])).flat());
    return outcomes.map(({ status }) => status);
  };

  describe('the same content', () => {
    it.each(same)('is a duplicate whatever %s', async (name, first, second) => {
      expect(await statuses(`same-1 ${name}`, [first, second], true)).toEqual(['stored', 'duplicate']);
      expect(await statuses(`same-2 ${name}`, [second, first], false)).toEqual(['stored', 'duplicate']);
    });

    it.each(Object.entries(besideContent))('is a duplicate whatever the %s', async (name, more) => {
      const { store } = shared();
      const event = sampleEvent(`beside ${name}`, 'a', { timestamp: { seconds: 1, nanos: 0 }, attributes: { a: 'b' } });
      const [outcomes = []] = await append(store, [[event, { ...event, ...more }]]);
      expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'duplicate']);
      expect(await store.get(`beside ${name}`, 'a')).toMatchObject({
        source: event.source,
        attributes: event.attributes,
        timestamp: event.timestamp,
      });
    });
  });

  describe('other content', () => {
    it.each(different)('is a conflict when it differs in %s', async (name, first, second) => {
      expect(await statuses(`different-1 ${name}`, [first, second], true)).toEqual(['stored', 'conflict']);
      expect(await statuses(`different-2 ${name}`, [second, first], false)).toEqual(['stored', 'conflict']);
    });

    it('weighs attributes like content where the bytes of a slice are bounded', async () => {
      const { store } = shared();
      const attributes = { trace: 'ü'.repeat(1000) };
      const events = ['a', 'b', 'c'].map((eventId) => sampleEvent('weighed', eventId, { attributes }));
      await append(store, [events]);
      const bytesMax = 2 * bodyBytes(events[0]!);
      const query = { topic: 'weighed', order: 'ascending', eventsMax: 9, scanMax: 9999 } as const;
      expect((await store.list({ ...query, bytesMax })).events).toHaveLength(2);
      expect((await store.list({ ...query, bytesMax: bytesMax - 1 })).events).toHaveLength(1);
    });
  });
}
