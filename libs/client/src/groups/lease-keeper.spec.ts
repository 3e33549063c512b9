import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OncelogClientError } from '../failures/client-error.ts';
import type { SettleResult } from './delivery.ts';
import { LeaseKeeper } from './lease-keeper.ts';

const leaseMs = 30_000;
const holdMsMax = 3_600_000;

let extended: string[][];
let answer: (id: string) => SettleResult;
let keeper: LeaseKeeper;

beforeEach(() => {
  vi.useFakeTimers();
  extended = [];
  answer = () => 'done';
  const extend = async (ids: string[]) => {
    extended.push(ids);
    return ids.map((id) => answer(id));
  };
  keeper = new LeaseKeeper({ leaseMs, holdMsMax, extend });
});

afterEach(() => {
  keeper.close();
  vi.useRealTimers();
});

describe('the leases of what is held', () => {
  it('are never older than two thirds of their time', async () => {
    // Held for three minutes, from anywhere between two looks on.
    const age = new Map<string, number>();
    for (let ms = 0; ms < 180_000; ms += 1000) {
      if (ms < 10_000) keeper.hold(`d${ms}`);
      age.set(`d${ms}`, ms);
      extended.length = 0;
      await vi.advanceTimersByTimeAsync(1000);
      for (const id of extended.flat()) age.set(id, ms + 1000);
      for (let held = 0; held < Math.min(ms + 1, 10_000); held += 1000) {
        expect(ms + 1000 - age.get(`d${held}`)!).toBeLessThanOrEqual((leaseMs * 2) / 3);
      }
    }
  });

  it('are let go with what is settled', async () => {
    keeper.hold('a');
    keeper.hold('b');
    keeper.letGo('a');
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(new Set(extended.flat())).toEqual(new Set(['b']));
  });

  it('raise their signal when they are lost, and are not asked for again', async () => {
    const signals = ['a', 'b'].map((id) => keeper.hold(id));
    answer = (id) => (id === 'a' ? 'lease-lost' : 'done');
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    extended.length = 0;
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect(extended).toEqual([['b']]);
  });

  it('are tried again when the aggregator could not be reached', async () => {
    const signal = keeper.hold('a');
    answer = () => {
      throw new OncelogClientError('UNREACHABLE', 'broken');
    };
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    answer = () => 'done';
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect([extended.length, signal.aborted]).toEqual([2, false]);
  });

  it('are given up when they have been held for too long', async () => {
    const signal = keeper.hold('a');
    await vi.advanceTimersByTimeAsync(holdMsMax);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect(signal.aborted).toBe(true);
  });

  it('go in calls of at most 1,000', async () => {
    for (let n = 0; n < 2500; n += 1) keeper.hold(String(n));
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect(extended.map(({ length }) => length)).toEqual([1000, 1000, 500]);
  });
});
