// Contract: consumer groups change only for those who know their newest state.
import { describe, expect, it } from 'vitest';
import type { SharedStore } from '../event-store-contract.ts';
import { changeGroup, letterAt, outstandingAt, startWithGroups } from '../sample-groups.ts';

const anyLetter = { after: 0, max: 1000 };

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

export function describeGroupChanges(shared: () => SharedStore): void {
  const startWith = (...names: string[]) => startWithGroups(shared().store.consumers, ...names);

  describe('changes of a consumer group', () => {
    it('make its version one more, and leave as it is what they do not name', async () => {
      const consumers = await startWith('g');
      await changeGroup(consumers, 'g', { cursor: 7, epoch: 3, outstanding: [outstandingAt(5)], dead: [letterAt(4)] });
      const before = await consumers.group('g');
      expect(before).toMatchObject({ version: 2, cursor: 7, epoch: 3, deadLetterCount: 1 });
      expect(await consumers.change([{ name: 'g', expectedVersion: 2 }])).toEqual([true]);
      expect(await consumers.group('g')).toEqual({ ...before, version: 3 });
      expect(await consumers.change([{ name: 'g', expectedVersion: 3, cursor: 0 }])).toEqual([true]);
      expect(await consumers.group('g')).toEqual({ ...before, version: 4, cursor: 0 });
    });

    it.each([0, 1, 3])('are not made when they expect version %i of 2', async (expectedVersion) => {
      const consumers = await startWith('g');
      const before = await changeGroup(consumers, 'g', {
        cursor: 5,
        outstanding: [outstandingAt(1), outstandingAt(2)],
      });
      const change = {
        name: 'g',
        expectedVersion,
        cursor: 9,
        epoch: 9,
        forgetsOutstanding: true,
        settled: [1],
        outstanding: [outstandingAt(6)],
        dead: [letterAt(2)],
        revived: [3],
      };
      expect(await consumers.change([change])).toEqual([false]);
      expect(await consumers.group('g')).toEqual(before);
      expect(await consumers.deadLetters('g', anyLetter)).toEqual([]);
    });

    it('settle, add and replace what is outstanding, which is kept by position', async () => {
      const consumers = await startWith('g');
      const changed = outstandingAt(30, { attempts: 2, member: '', reason: 'busy "\\', dueTimeMs: 1_790_000_099_999 });
      const state = await changeGroup(
        consumers,
        'g',
        { outstanding: [outstandingAt(30), outstandingAt(4), outstandingAt(100)] },
        { settled: [100, 5], outstanding: [changed, outstandingAt(9)] },
      );
      expect(state?.outstanding).toStrictEqual([outstandingAt(4), outstandingAt(9), changed]);
    });

    it('forget everything outstanding before they add anew', async () => {
      const consumers = await startWith('g', 'other');
      await changeGroup(consumers, 'other', { outstanding: [outstandingAt(1)] });
      const state = await changeGroup(
        consumers,
        'g',
        { outstanding: [outstandingAt(1), outstandingAt(2)], dead: [letterAt(3)] },
        { forgetsOutstanding: true, cursor: 1, epoch: 2, outstanding: [outstandingAt(2, { attempts: 7 })] },
      );
      expect(state).toMatchObject({ cursor: 1, epoch: 2, deadLetterCount: 1 });
      expect(state?.outstanding).toEqual([outstandingAt(2, { attempts: 7 })]);
      expect((await consumers.group('other'))?.outstanding).toEqual([outstandingAt(1)]);
    });

    it('settle what is dead, in the order of their fields', async () => {
      const consumers = await startWith('g');
      const state = await changeGroup(consumers, 'g', {
        settled: [1],
        outstanding: [outstandingAt(1), outstandingAt(2), outstandingAt(3)],
        dead: [letterAt(2), letterAt(4)],
        revived: [4],
      });
      expect(state?.outstanding).toEqual([outstandingAt(1), outstandingAt(3)]);
      expect(state?.deadLetterCount).toBe(1);
      expect(await consumers.deadLetters('g', anyLetter)).toStrictEqual([letterAt(2)]);
    });

    it('count each dead letter once, however often it dies or is revived', async () => {
      const consumers = await startWith('g');
      const again = letterAt(3, { attempts: 9, reason: 'again', deadTimeMs: 1_790_000_077_777 });
      const state = await changeGroup(
        consumers,
        'g',
        { dead: [letterAt(3), letterAt(8), letterAt(5)] },
        { dead: [again, letterAt(9), letterAt(9)] },
        { revived: [8, 8, 77] },
        { outstanding: [outstandingAt(8)] },
      );
      expect(state?.deadLetterCount).toBe(3);
      expect(await consumers.deadLetters('g', anyLetter)).toStrictEqual([again, letterAt(5), letterAt(9)]);
    });

    it('are made without those that are outdated, in one call', async () => {
      const consumers = await startWith('a', 'b', 'c');
      await changeGroup(consumers, 'b', {});
      const answers = await consumers.change([
        { name: 'a', expectedVersion: 1, cursor: 10, outstanding: [outstandingAt(10)] },
        { name: 'b', expectedVersion: 1, cursor: 20, outstanding: [outstandingAt(20)] },
        { name: 'unknown', expectedVersion: 1, cursor: 25 },
        { name: 'c', expectedVersion: 1, cursor: 30 },
        { name: 'a', expectedVersion: 1, cursor: 11 },
        { name: 'a', expectedVersion: 2, cursor: 12 },
      ]);
      expect(answers).toEqual([true, false, false, true, false, true]);
      expect((await consumers.groups()).toSorted(byName)).toMatchObject([
        { name: 'a', version: 3, cursor: 12, outstanding: [outstandingAt(10)] },
        { name: 'b', version: 2, cursor: 0, outstanding: [] },
        { name: 'c', version: 2, cursor: 30 },
      ]);
      expect(await consumers.change([])).toEqual([]);
    });

    it('are made once when many at the same time expect the same version, each with its own answers', async () => {
      const consumers = await startWith('a', 'b');
      const calls = await Promise.all(
        Array.from({ length: 20 }, (_, index) => [
          consumers.change([{ name: 'a', expectedVersion: 1, cursor: index }]),
          consumers.change([
            { name: 'none', expectedVersion: 1 },
            { name: 'b', expectedVersion: index + 1, cursor: index },
          ]),
        ]).flat(),
      );
      const [ofA, ofB] = [calls.filter((_, index) => index % 2 === 0), calls.filter((_, index) => index % 2 === 1)];
      expect(ofA).toEqual(Array.from({ length: 20 }, (_, index) => [index === 0]));
      expect(ofB).toEqual(Array.from({ length: 20 }, () => [false, true]));
      expect(await consumers.group('a')).toMatchObject({ version: 2, cursor: 0 });
      expect(await consumers.group('b')).toMatchObject({ version: 21, cursor: 19 });
    });
  });

  describe('dead letters', () => {
    it('come by position, after one, as many as asked for', async () => {
      const consumers = await startWith('g', 'other');
      const letters = [9, 2, 11, 100, 5].map((position) => letterAt(position, { reason: `reason ${position}` }));
      await changeGroup(consumers, 'g', { dead: letters });
      await changeGroup(consumers, 'other', { dead: [letterAt(3)] });
      const positions = async (after: number, max: number) =>
        (await consumers.deadLetters('g', { after, max })).map(({ position }) => position);
      expect(await positions(0, 1000)).toEqual([2, 5, 9, 11, 100]);
      expect(await positions(0, 2)).toEqual([2, 5]);
      expect(await positions(5, 2)).toEqual([9, 11]);
      expect(await positions(100, 2)).toEqual([]);
      expect(await consumers.deadLetters('g', { after: 2, max: 1 })).toStrictEqual([
        letterAt(5, { reason: 'reason 5' }),
      ]);
    });
  });
}
