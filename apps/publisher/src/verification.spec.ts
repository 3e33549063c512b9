import { describe, expect, it } from 'vitest';
import { createEventPlan } from './event-plan.ts';
import { counterProblems } from './verification.ts';

const plan = createEventPlan({ seed: 1, run: 'r', count: 100, duplicates: 0.25, topics: ['a'], payloadBytes: 0 });
const exact = { received: 100, stored: 75, duplicates: 25, conflicts: 0 };

describe('the counters', () => {
  it('agree when they moved by what was sent', () => {
    expect(counterProblems(plan, exact, 0, 0)).toEqual([]);
  });

  it('may exceed the plan by what was sent again, and by no more', () => {
    const more = { ...exact, received: 110, duplicates: 35 };
    expect(counterProblems(plan, more, 10, 0)).toEqual([]);
    expect(counterProblems(plan, more, 9, 0)).toHaveLength(1);
  });

  it('take into account what an earlier part of the run has stored', () => {
    expect(counterProblems(plan, { received: 100, stored: 5, duplicates: 95, conflicts: 0 }, 0, 70)).toEqual([]);
  });

  it.each([
    [{ received: 99, stored: 75, duplicates: 24, conflicts: 0 }, 'only 99'],
    [{ received: 100, stored: 74, duplicates: 26, conflicts: 0 }, '74 counted as stored'],
    [{ received: 100, stored: 76, duplicates: 24, conflicts: 0 }, '76 counted as stored'],
    [{ received: 100, stored: 75, duplicates: 24, conflicts: 0 }, 'is not stored'],
    [{ received: 100, stored: 75, duplicates: 24, conflicts: 1 }, 'other content'],
  ])('are told apart from wrong ones: %j', (moved, problem) => {
    expect(counterProblems(plan, moved, 0, 0).join()).toContain(problem);
  });
});
