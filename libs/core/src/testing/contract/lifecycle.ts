// Contract: closing and opening again.
import { append } from '../append.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { everyEvent } from '../../event-filter.ts';
import type { EventStore } from '../../event-store.ts';
import { comparable, jsonContent, sampleEvent } from '../sample-events.ts';
import { type CreateStorePlace, createTestClock } from '../store-place.ts';

const wholeLog = { order: 'ascending', eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;
const all = { topicsMax: 100, sourcesMax: 100 };

export function describeLifecycle(createPlace: CreateStorePlace): void {
  const prepare = async () => {
    const place = await createPlace();
    const { clock, move } = createTestClock();
    const opened: EventStore[] = [];
    onTestFinished(async () => {
      for (const store of opened) await store.close();
      await place.remove();
    });
    const open = async () => {
      const store = await place.open({ clock });
      opened.push(store);
      return store;
    };
    return { open, move };
  };

  describe('closing and opening again', () => {
    it('keeps everything: the log, its id, its keys, its counters and its time', async () => {
      const { open, move } = await prepare();
      const first = await open();
      const events = ['a', 'b', 'c'].map((id) => sampleEvent('t', id, { attributes: { id }, source: id }));
      const [outcomes = []] = await append(first, [events]);
      const before = { slice: await first.list(wholeLog), stats: await first.stats(all), logId: first.logId };
      await first.close();
      move(-60_000);

      const second = await open();
      expect(second.logId).toBe(before.logId);
      const slice = await second.list(wholeLog);
      expect(slice.events.map(comparable)).toStrictEqual(before.slice.events.map(comparable));
      expect(await second.stats(all)).toEqual(before.stats);
      const other = sampleEvent('t', 'a', { content: jsonContent('{"other":1}') });
      expect(await append(second, [[events[1]!, other, sampleEvent('t', 'd')]])).toEqual([
        [
          { ...outcomes[1], status: 'duplicate' },
          { ...outcomes[0], status: 'conflict' },
          { status: 'stored', position: 4, storedTimeMs: outcomes[0]!.storedTimeMs },
        ],
      ]);
    });

    it('gives every log an id of its own', async () => {
      const [first, second] = [await prepare(), await prepare()];
      expect((await first.open()).logId).not.toBe((await second.open()).logId);
    });

    it('finishes what was appended before it closes', async () => {
      const { open } = await prepare();
      const store = await open();
      const appended = ['a', 'b', 'c'].map((id) => append(store, [[sampleEvent('t', id)]]));
      await store.close();
      const positions = (await Promise.all(appended)).flat(2).map(({ position }) => position);
      expect(positions).toEqual([1, 2, 3]);
      expect((await (await open()).list(wholeLog)).events).toHaveLength(3);
    });

    it('refuses everything once it is closed, and may be closed twice', async () => {
      const { open } = await prepare();
      const store = await open();
      await store.close();
      await store.close();
      const refused = { code: 'STORE_UNAVAILABLE', outcome: 'none' };
      await expect(append(store, [[sampleEvent('t', 'a')]])).rejects.toMatchObject(refused);
      await expect(store.check([sampleEvent('t', 'a')])).rejects.toMatchObject(refused);
      await expect(store.get('t', 'a')).rejects.toMatchObject(refused);
      await expect(store.list(wholeLog)).rejects.toMatchObject(refused);
      await expect(store.stats(all)).rejects.toMatchObject(refused);
      await expect(store.tail({ ...wholeLog, filter: everyEvent, after: 0 })).rejects.toMatchObject(refused);
      await expect(store.erase('t', 'a')).rejects.toMatchObject(refused);
      const { consumers } = store;
      const settings = { filter: everyEvent, leaseMs: 1000, attemptsMax: 1 };
      const group = { name: 'g', settings, cursor: 0, createdTimeMs: 0 };
      await expect(consumers.groups()).rejects.toMatchObject(refused);
      await expect(consumers.group('g')).rejects.toMatchObject(refused);
      await expect(consumers.createGroup(group)).rejects.toMatchObject(refused);
      await expect(consumers.deleteGroup('g')).rejects.toMatchObject(refused);
      await expect(consumers.change([{ name: 'g', expectedVersion: 1 }])).rejects.toMatchObject(refused);
      await expect(consumers.deadLetters('g', { after: 0, max: 1 })).rejects.toMatchObject(refused);
    });
  });
}
