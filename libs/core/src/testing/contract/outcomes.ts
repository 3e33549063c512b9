// Contract: what an append answers, and in which order things happen.
import { append } from '../append.ts';
import { describe, expect, it } from 'vitest';
import type { SharedStore } from '../event-store-contract.ts';
import { comparable, jsonContent, sampleEvent } from '../sample-events.ts';

const wholeTopic = { order: 'ascending', eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;

export function describeOutcomes(shared: () => SharedStore): void {
  describe('outcomes', () => {
    it('stores a new event and says where and when', async () => {
      const { store } = shared();
      const { lastPosition } = await store.stats({ topicsMax: 0, sourcesMax: 0 });
      const [[outcome] = []] = await append(store, [[sampleEvent('outcomes-new', 'a')]]);
      expect(outcome).toMatchObject({ status: 'stored', position: lastPosition + 1 });
      expect(await store.get('outcomes-new', 'a')).toMatchObject({
        position: lastPosition + 1,
        storedTimeMs: outcome?.storedTimeMs,
      });
    });

    it('returns the first position and time when an event repeats, in its batch, its append or later', async () => {
      const { store, moveClock } = shared();
      const event = sampleEvent('outcomes-repeat', 'a');
      const [[first, inBatch] = [], [inAppend] = []] = await append(store, [[event, event], [event]]);
      moveClock(60_000);
      const [[later] = []] = await append(store, [[event]]);
      expect(first?.status).toBe('stored');
      for (const repeat of [inBatch, inAppend, later]) expect(repeat).toEqual({ ...first, status: 'duplicate' });
    });

    it('keeps the first content of a key and reports the others as conflicts, again and again', async () => {
      const { store } = shared();
      const events = ['{"v":1}', '{"v":2}', '{"v":2}', '{"v":1}'].map((text) =>
        sampleEvent('outcomes-conflict', 'a', { content: jsonContent(text) }),
      );
      const [outcomes = []] = await append(store, [events]);
      const [[later] = []] = await append(store, [[events[1]!]]);
      expect(outcomes.map(({ status }) => status)).toEqual(['stored', 'conflict', 'conflict', 'duplicate']);
      expect(later).toEqual({ ...outcomes[0], status: 'conflict' });
      const kept = await store.get('outcomes-conflict', 'a');
      expect(Buffer.from(kept!.content.bytes).toString()).toBe('{"v":1}');
    });

    it('answers every batch with one outcome per event, also empty ones', async () => {
      const { store } = shared();
      expect(await append(store, [])).toEqual([]);
      const batches = [[], [sampleEvent('outcomes-shape', 'a'), sampleEvent('outcomes-shape', 'b')], []];
      const answered = await append(store, batches);
      expect(answered.map((outcomes) => outcomes.length)).toEqual([0, 2, 0]);
    });

    it('gives dense positions in the order in which the calls were made', async () => {
      const { store } = shared();
      const { lastPosition } = await store.stats({ topicsMax: 0, sourcesMax: 0 });
      const calls = Array.from({ length: 20 }, (_, call) =>
        append(store, [[sampleEvent('outcomes-order', `${call}-a`), sampleEvent('outcomes-order', `${call}-b`)]]),
      );
      const positions = (await Promise.all(calls)).flat(2).map(({ position }) => position);
      expect(positions).toEqual(positions.map((_, index) => lastPosition + 1 + index));
      const { events } = await store.list({ ...wholeTopic, topic: 'outcomes-order' });
      expect(events.map(({ eventId }) => eventId)).toEqual(
        Array.from({ length: 20 }, (_, call) => [`${call}-a`, `${call}-b`]).flat(),
      );
    });

    it('shows all batches of an append or none to a reader', async () => {
      const { store } = shared();
      const { lastPosition } = await store.stats({ topicsMax: 0, sourcesMax: 0 });
      const batches = Array.from({ length: 4 }, (_, batch) =>
        Array.from({ length: 500 }, (__, index) => sampleEvent('outcomes-atomic', `${batch}-${index}`)),
      );
      let done = false;
      const appended = append(store, batches).then(() => (done = true));
      const heads = new Set<number>();
      while (!done) heads.add((await store.stats({ topicsMax: 0, sourcesMax: 0 })).lastPosition);
      await appended;
      const possible = [lastPosition, lastPosition + 2000];
      expect([...heads].filter((head) => !possible.includes(head))).toEqual([]);
      expect((await store.stats({ topicsMax: 0, sourcesMax: 0 })).lastPosition).toBe(lastPosition + 2000);
    });

    it('never lets the stored time run backwards, even when the clock does', async () => {
      const { store, moveClock } = shared();
      const [[before] = []] = await append(store, [[sampleEvent('outcomes-clock', 'a')]]);
      moveClock(-3_600_000);
      const [[during] = []] = await append(store, [[sampleEvent('outcomes-clock', 'b')]]);
      moveClock(3_600_000 + 5);
      const [[afterwards] = []] = await append(store, [[sampleEvent('outcomes-clock', 'c')]]);
      expect(during?.storedTimeMs).toBe(before?.storedTimeMs);
      expect(afterwards?.storedTimeMs).toBe(before!.storedTimeMs + 5);
    });
  });

  describe('what is kept', () => {
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const cases = {
      'every byte value': { content: { bytes: everyByte, contentType: 'application/octet-stream' } },
      'no bytes at all': { content: { bytes: new Uint8Array(), contentType: 'text/plain' } },
      'a content type as it was spelled': {
        content: { bytes: everyByte, contentType: 'Text/Plain;  charset="UTF-8"' },
      },
      'JSON as it was spelled': { content: jsonContent('{ "b": 1.0, "a": 9007199254740993 }') },
      'a megabyte': { content: { bytes: new Uint8Array(1 << 20).fill(7), contentType: 'image/png' } },
      attributes: { attributes: { b: 'ü🙂', a: '', '10': 'ten', 'with "quotes" \\': '\n' } },
      'attributes named like members of an object': {
        attributes: JSON.parse('{"__proto__":"p","constructor":"c","toString":"s"}'),
      },
      'no attributes': { attributes: {} },
      'the earliest timestamp': { timestamp: { seconds: -62_135_596_800, nanos: 0 } },
      'the latest timestamp': { timestamp: { seconds: 253_402_300_799, nanos: 999_999_999 } },
      'a timestamp before 1970, to the nanosecond': { timestamp: { seconds: -1, nanos: 1 } },
      'an empty source': { source: '' },
      'a source of four-byte characters': { source: '🙂'.repeat(63) },
    };

    it.each(Object.entries(cases))('gives back %s', async (name, more) => {
      const { store } = shared();
      const event = sampleEvent('verbatim', name, { timestamp: { seconds: 1, nanos: 2 }, ...more });
      const [[outcome] = []] = await append(store, [[event]]);
      const { position, storedTimeMs } = outcome!;
      const expected = comparable({ ...event, timestamp: event.timestamp!, position, storedTimeMs });
      expect(comparable((await store.get('verbatim', name))!)).toStrictEqual(expected);
      const { events } = await store.list({ ...wholeTopic, bytesMax: 1 << 22, after: position - 1 });
      expect(events.map(comparable)).toStrictEqual([expected]);
    });

    it('takes the stored time for the timestamp of an event without one', async () => {
      const { store } = shared();
      const [[outcome] = []] = await append(store, [[sampleEvent('no-timestamp', 'a')]]);
      const stored = await store.get('no-timestamp', 'a');
      const { seconds, nanos } = stored!.timestamp;
      expect(seconds * 1000 + nanos / 1_000_000).toBe(outcome!.storedTimeMs);
    });

    it('does not follow changes of the bytes it was given', async () => {
      const { store } = shared();
      const request = new TextEncoder().encode('..{"v":1}..');
      const appended = append(store, [[sampleEvent('own-bytes', 'a', { content: { bytes: request.subarray(2, 9) } })]]);
      request.fill(0);
      await appended;
      expect(Buffer.from((await store.get('own-bytes', 'a'))!.content.bytes).toString()).toBe('{"v":1}');
    });

    it('knows no event by an unknown topic or id', async () => {
      const { store } = shared();
      await append(store, [[sampleEvent('known', 'a')]]);
      expect(await store.get('known', 'b')).toBeUndefined();
      expect(await store.get('unknown', 'a')).toBeUndefined();
    });
  });
}
