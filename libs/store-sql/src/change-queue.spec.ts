import type { GroupChange } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { ChangeQueue } from './change-queue.ts';

const change = (cursor: number): GroupChange => ({ name: 'g', expectedVersion: 1, cursor });
const even = ({ cursor = 0 }: GroupChange) => cursor % 2 === 0;

/** Transactions that end when the test says so; each change is answered by whether its cursor is even. */
function start() {
  const written: (readonly number[])[] = [];
  const ends: { readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const queue = new ChangeQueue((changes) => {
    written.push(changes.map(({ cursor = 0 }) => cursor));
    return new Promise((resolve, reject) => {
      ends.push({ end: () => resolve(changes.map(even)), fail: reject });
    });
  });
  const begun = async (count: number) => {
    await expect.poll(() => ends.length, { interval: 1 }).toBe(count);
  };
  return { queue, written, ends, begun };
}

describe('changes of groups that come together', () => {
  it('share the next transaction while one is under way, and get their own answers', async () => {
    const { queue, written, ends, begun } = start();
    const first = queue.change([change(1)]);
    const next = [queue.change([change(2), change(3)]), queue.change([]), queue.change([change(4)])];
    expect(written).toEqual([[1]]);
    ends[0]!.end();
    expect(await first).toEqual([false]);
    await begun(2);
    expect(written).toEqual([[1], [2, 3, 4]]);
    ends[1]!.end();
    expect(await Promise.all(next)).toEqual([[true, false], [], [true]]);
  });

  it('are written at once when none is under way', async () => {
    const { queue, written, ends, begun } = start();
    for (const cursor of [2, 4]) {
      const changed = queue.change([change(cursor)]);
      await begun(cursor / 2);
      ends.at(-1)!.end();
      expect(await changed).toEqual([true]);
    }
    expect(written).toEqual([[2], [4]]);
  });

  it('are a thousand at most in a transaction, yet never parted when they came as one', async () => {
    const { queue, written, ends, begun } = start();
    const many = (count: number) => Array.from({ length: count }, (_, index) => change(index));
    const calls = [1, 600, 400, 1, 1500].map((count) => queue.change(many(count)));
    for (const count of [1, 2, 3, 4]) {
      await begun(count);
      ends.at(-1)!.end();
    }
    expect((await Promise.all(calls)).map(({ length }) => length)).toEqual([1, 600, 400, 1, 1500]);
    expect(written.map(({ length }) => length)).toEqual([1, 1000, 1, 1500]);
  });

  it('fail together, and leave the later ones alone', async () => {
    const { queue, ends, begun } = start();
    const first = queue.change([change(1)]);
    const second = [queue.change([change(2)]), queue.change([change(4)])];
    ends[0]!.end();
    await first;
    await begun(2);
    const later = queue.change([change(6)]);
    ends[1]!.fail(new Error('no room'));
    for (const { reason } of (await Promise.allSettled(second)) as PromiseRejectedResult[]) {
      expect(reason).toMatchObject({ message: 'no room' });
    }
    await begun(3);
    ends[2]!.end();
    expect(await later).toEqual([true]);
  });

  it('are all answered when the queue is idle', async () => {
    const { queue, written, ends, begun } = start();
    await queue.idle();
    const answers: string[] = [];
    const first = queue.change([change(1)]).then(() => answers.push('first'));
    const second = queue.change([change(2)]).then(() => answers.push('second'));
    const idle = queue.idle().then(() => answers.push('idle'));
    ends[0]!.end();
    await begun(2);
    ends[1]!.end();
    await Promise.all([first, second, idle]);
    expect(answers).toEqual(['first', 'second', 'idle']);
    expect(written).toEqual([[1], [2]]);
  });
});
