import { describe, expect, it } from 'vitest';
import { simulateCommitLock } from './commit-lock.ts';

const usual = { replicas: 1, eventsPerSecond: 1000, events: 20_000, seed: 1, fixedMs: 2, eventMs: 0.01 };

describe('replicas at one lock', () => {
  it('answer a lonely event after one commit', () => {
    const { p50Ms, eventsPerGroup } = simulateCommitLock({ ...usual, eventsPerSecond: 1 });
    expect(p50Ms).toBeGreaterThan(2);
    expect(p50Ms).toBeLessThan(2.1);
    expect(eventsPerGroup).toBeCloseTo(1, 1);
  });

  it('store what comes, as long as it is less than events alone cost', () => {
    for (const replicas of [1, 4, 16]) {
      const { eventsPerSecond } = simulateCommitLock({ ...usual, replicas, eventsPerSecond: 50_000, events: 200_000 });
      expect(eventsPerSecond).toBeGreaterThan(45_000);
      expect(eventsPerSecond).toBeLessThanOrEqual(51_000);
    }
  });

  it('store no more than that, however many they are', () => {
    for (const replicas of [1, 4]) {
      const { eventsPerSecond } = simulateCommitLock({ ...usual, replicas, eventsPerSecond: 1e6, events: 200_000 });
      // 5,000 events take 2 ms and 50 ms.
      expect(eventsPerSecond).toBeLessThan((5000 * 1000) / 52);
      expect(eventsPerSecond).toBeGreaterThan(80_000);
    }
  });

  it('wait for each other: with four of them, events wait for four commits of the smaller groups', () => {
    const busy = { ...usual, eventsPerSecond: 50_000, events: 200_000 };
    const [one, four] = [1, 4].map((replicas) => simulateCommitLock({ ...busy, replicas }));
    expect(four!.p50Ms / one!.p50Ms).toBeGreaterThan(3);
    expect(four!.eventsPerGroup / one!.eventsPerGroup).toBeCloseTo(1, 0);
  });

  it('are simulated alike by the same seed', () => {
    expect(simulateCommitLock(usual)).toEqual(simulateCommitLock(usual));
    expect(simulateCommitLock({ ...usual, seed: 2 })).not.toEqual(simulateCommitLock(usual));
  });
});
