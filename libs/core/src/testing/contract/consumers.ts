// Contract: consumer groups are made, kept and deleted whole.
import { describe, expect, it } from 'vitest';
import type { SharedStore } from '../event-store-contract.ts';
import { changeGroup, createGroups, letterAt, outstandingAt, sampleGroup, startWithGroups } from '../sample-groups.ts';
import type { CreateStorePlace } from '../store-place.ts';
import { openFreshStore } from './fresh-store.ts';

const anyLetter = { after: 0, max: 1000 };

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

export function describeConsumers(shared: () => SharedStore, createPlace: CreateStorePlace): void {
  const openFresh = async () => {
    const { open, store } = await openFreshStore(createPlace);
    return { open, store, consumers: store.consumers };
  };
  const startWith = (...names: string[]) => startWithGroups(shared().store.consumers, ...names);

  describe('consumer groups', () => {
    it('are none at first', async () => {
      const { consumers } = await openFresh();
      expect(await consumers.groups()).toEqual([]);
      expect(await consumers.group('g')).toBeUndefined();
      expect(await consumers.deadLetters('g', anyLetter)).toEqual([]);
    });

    it('are kept as they were made, at version and epoch 1, with nothing outstanding or dead', async () => {
      const consumers = await startWith();
      const filter = {
        topics: ['a', "it's"],
        topicPrefixes: ['🙂', ''],
        sources: ['%'],
        attributes: JSON.parse('{"__proto__":"p","a\\"b":"\\\\"}'),
      };
      const settings = { filter, leaseMs: 12 * 60 * 60 * 1000, attemptsMax: 1000 };
      const made = sampleGroup('g', { settings, cursor: Number.MAX_SAFE_INTEGER, createdTimeMs: 1_790_000_000_123 });
      expect(await consumers.createGroup(made)).toBe(true);
      const expected = { ...made, version: 1, epoch: 1, outstanding: [], deadLetterCount: 0 };
      expect(await consumers.group('g')).toStrictEqual(expected);
      expect(await consumers.groups()).toStrictEqual([expected]);
    });

    it('are not made twice under a name, and the second changes nothing', async () => {
      const consumers = await startWith('g');
      const before = await changeGroup(consumers, 'g', { cursor: 3, outstanding: [outstandingAt(2)] });
      expect(await consumers.createGroup(sampleGroup('g', { cursor: 9 }))).toBe(false);
      expect(await consumers.group('g')).toEqual(before);
    });

    it('are told apart by the exact spelling of their names', async () => {
      const names = ['g', 'G', 'g ', 'caf\u00e9', 'cafe\u0301', '🙂', '%', "'; drop table consumer_group; --"];
      const consumers = await startWith(...names);
      expect((await consumers.groups()).map(({ name }) => name).sort()).toEqual(names.toSorted());
      for (const name of names) {
        expect(await consumers.change([{ name, expectedVersion: 1, cursor: names.indexOf(name) }])).toEqual([true]);
      }
      for (const name of names)
        expect(await consumers.group(name)).toMatchObject({ name, cursor: names.indexOf(name) });
    });

    it('go with everything they had, and leave the others alone', async () => {
      const consumers = await startWith('g', 'other');
      const change = { cursor: 9, outstanding: [outstandingAt(1)], dead: [letterAt(2)] };
      await changeGroup(consumers, 'g', change);
      const other = await changeGroup(consumers, 'other', change);
      expect(await consumers.deleteGroup('g')).toBe(true);
      expect(await consumers.deleteGroup('g')).toBe(false);
      expect(await consumers.group('g')).toBeUndefined();
      expect(await consumers.deadLetters('g', anyLetter)).toEqual([]);
      expect(await consumers.change([{ name: 'g', expectedVersion: 2 }])).toEqual([false]);
      expect(await consumers.groups()).toEqual([other]);
      expect(await consumers.deadLetters('other', anyLetter)).toEqual([letterAt(2)]);

      expect(await consumers.createGroup(sampleGroup('g'))).toBe(true);
      expect(await consumers.group('g')).toMatchObject({ version: 1, cursor: 0, outstanding: [], deadLetterCount: 0 });
      expect(await consumers.deadLetters('g', anyLetter)).toEqual([]);
    });
  });

  describe('consumer groups after a restart', () => {
    it('are as they were, with their versions, outstanding events and dead letters', async () => {
      const { open, store, consumers } = await openFresh();
      await createGroups(consumers, 'a', 'b', 'gone');
      await changeGroup(
        consumers,
        'a',
        { cursor: 40, outstanding: [outstandingAt(38), outstandingAt(40)], dead: [letterAt(39), letterAt(37)] },
        { settled: [38], revived: [37] },
      );
      await consumers.deleteGroup('gone');
      const before = await consumers.groups();
      await store.close();
      const { consumers: reopened } = await open();
      expect((await reopened.groups()).toSorted(byName)).toStrictEqual(before.toSorted(byName));
      expect(await reopened.deadLetters('a', anyLetter)).toStrictEqual([letterAt(39)]);
      expect(await reopened.createGroup(sampleGroup('b'))).toBe(false);
      const changes = [2, 3].map((expectedVersion) => ({ name: 'a', expectedVersion, cursor: 41 }));
      expect(await reopened.change(changes)).toEqual([false, true]);
    });

    it('have what was changed before the store was closed', async () => {
      const { open, store, consumers } = await openFresh();
      await createGroups(consumers, 'g');
      // Several transactions' worth, so that closing could overtake the last of them.
      const others = Array.from({ length: 1000 }, () => ({ name: 'none', expectedVersion: 1 }));
      const versions = Array.from({ length: 40 }, (_, index) => index + 1);
      const changed = versions.map((expectedVersion) => consumers.change([{ name: 'g', expectedVersion }, ...others]));
      await store.close();
      expect((await Promise.all(changed)).map(([first]) => first)).toEqual(versions.map(() => true));
      expect(await (await open()).consumers.group('g')).toMatchObject({ version: 41 });
    });
  });
}
