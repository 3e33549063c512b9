import { describe, expect, it } from 'vitest';
import { emptySummary, type Outcome, type OutcomeStatus, summarize } from './outcome.ts';

const outcome = (status: OutcomeStatus, position: number): Outcome => ({ status, position, storedTimeMs: 0 });

describe('a summary', () => {
  it('counts every outcome once and spans the positions that were stored', () => {
    const outcomes = [
      outcome('duplicate', 3),
      outcome('stored', 7),
      outcome('accepted', 0),
      outcome('conflict', 2),
      outcome('stored', 8),
    ];
    expect(summarize(outcomes)).toEqual({
      received: 5,
      stored: 2,
      duplicates: 1,
      conflicts: 1,
      accepted: 1,
      firstPosition: 7,
      lastPosition: 8,
    });
  });

  it('has no positions when nothing was stored', () => {
    expect(summarize([outcome('duplicate', 3)])).toEqual({ ...emptySummary, received: 1, duplicates: 1 });
    expect(summarize([])).toEqual(emptySummary);
  });

  it('goes on from an earlier one', () => {
    const before = summarize([outcome('stored', 1), outcome('stored', 2)]);
    const between = summarize([outcome('duplicate', 1)], before);
    expect(summarize([outcome('stored', 5)], between)).toEqual({
      received: 4,
      stored: 3,
      duplicates: 1,
      conflicts: 0,
      accepted: 0,
      firstPosition: 1,
      lastPosition: 5,
    });
  });
});
