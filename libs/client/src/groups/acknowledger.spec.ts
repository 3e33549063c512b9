import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Acknowledger, idsPerCallMax } from './acknowledger.ts';
import { OncelogClientError } from '../failures/client-error.ts';
import type { SettleResult } from './delivery.ts';

const calls: string[][] = [];

function acknowledger(answer: (id: string) => SettleResult = () => 'done') {
  return new Acknowledger(async (ids) => {
    calls.push(ids);
    return ids.map(answer);
  });
}

beforeEach(() => {
  calls.length = 0;
  vi.useFakeTimers();
});

afterEach(() => void vi.useRealTimers());

describe('acknowledgements', () => {
  it('of a few milliseconds go as one call, and each gets its own result', async () => {
    const acknowledging = acknowledger((id) => (id === 'b' ? 'lease-lost' : 'done'));
    const results = Promise.all(['a', 'b', 'c'].map((id) => acknowledging.add(id)));
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(5);
    expect(await results).toEqual(['done', 'lease-lost', 'done']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  it('do not wait for a call that is full', async () => {
    const acknowledging = acknowledger();
    const results = Promise.all(Array.from({ length: idsPerCallMax + 1 }, (_, n) => acknowledging.add(String(n))));
    expect(calls.map(({ length }) => length)).toEqual([idsPerCallMax]);
    await vi.advanceTimersByTimeAsync(5);
    await results;
    expect(calls.map(({ length }) => length)).toEqual([idsPerCallMax, 1]);
  });

  it('fail together, and the next ones go on', async () => {
    let fails = true;
    const acknowledging = new Acknowledger(async (ids) => {
      if (fails) throw new OncelogClientError('UNREACHABLE', 'broken');
      return ids.map(() => 'done');
    });
    const failing = Promise.allSettled(['a', 'b'].map((id) => acknowledging.add(id)));
    await vi.advanceTimersByTimeAsync(5);
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    const next = acknowledging.add('c');
    await vi.advanceTimersByTimeAsync(5);
    expect(await next).toBe('done');
  });
});
