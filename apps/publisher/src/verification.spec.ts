import type { OncelogClient } from '@oncelog/client';
import { describe, expect, it } from 'vitest';
import { createEventPlan } from './event-plan.ts';
import { counterProblems, readBaseline } from './verification.ts';

const plan = createEventPlan({ seed: 1, run: 'r', count: 100, duplicates: 0.25, topics: ['a'], payloadBytes: 0 });
const exact = { received: 100, stored: 75, duplicates: 25, conflicts: 0 };

describe('the counters', () => {
  it('agree when they moved by what was sent', () => {
    expect(counterProblems(plan, exact, 0)).toEqual([]);
  });

  it('may exceed the plan by repeats, of this publisher and of others', () => {
    expect(counterProblems(plan, { ...exact, received: 110, duplicates: 35 }, 0)).toEqual([]);
  });

  it('take into account what an earlier part of the run has stored', () => {
    expect(counterProblems(plan, { received: 100, stored: 5, duplicates: 95, conflicts: 0 }, 70)).toEqual([]);
  });

  it.each([
    [{ received: 99, stored: 75, duplicates: 24, conflicts: 0 }, 'only 99'],
    [{ received: 100, stored: 74, duplicates: 26, conflicts: 0 }, '74 counted as stored'],
    [{ received: 100, stored: 76, duplicates: 24, conflicts: 0 }, '76 counted as stored'],
    [{ received: 100, stored: 75, duplicates: 24, conflicts: 0 }, 'is not stored'],
    [{ received: 100, stored: 75, duplicates: 24, conflicts: 1 }, 'other content'],
  ])('are told apart from wrong ones: %j', (moved, problem) => {
    expect(counterProblems(plan, moved, 0).join()).toContain(problem);
  });
});

describe('the baseline', () => {
  it('starts the listing before whatever another publisher of the run stores while it is read', async () => {
    // Each reading is followed by one more event of the run.
    let stored = 0;
    const client = {
      async getStats() {
        const counters = { received: BigInt(stored), stored: BigInt(stored), duplicates: 0n, conflicts: 0n };
        const sources = stored > 0 ? [{ name: 'publisher-r', counters }] : [];
        stored += 1;
        return { counters, sources, sourceCount: BigInt(sources.length) };
      },
      async *listEvents() {
        const cursor = String(stored);
        stored += 1;
        if (cursor !== '0') yield { cursor };
      },
    };
    const { signal } = new AbortController();
    const { after, sourceCounters } = await readBaseline(client as unknown as OncelogClient, 'publisher-r', signal);
    // What the counters know already is found by a listing from the beginning, all else comes after the cursor.
    expect(after === undefined || Number(after) <= (sourceCounters?.stored ?? 0)).toBe(true);
    expect(after).toBeUndefined();
  });
});
