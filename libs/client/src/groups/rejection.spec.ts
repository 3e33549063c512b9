import { describe, expect, it } from 'vitest';
import { rejectDelayMs, rejectReason } from './rejection.ts';

describe('the delay after a rejection', () => {
  it('doubles up to five minutes, of which the second half is random', () => {
    const longest = [1, 2, 3, 9, 10, 1000].map((attempt) => rejectDelayMs(attempt, () => 1));
    expect(longest).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
    expect(rejectDelayMs(3, () => 0)).toBe(2000);
  });
});

describe('the reason of a rejection', () => {
  it('is what the error says', () => {
    expect(rejectReason(new Error('no such account'))).toBe('no such account');
    expect(rejectReason('text')).toBe('text');
  });

  it('is cut to 1,024 bytes, never in the middle of a character', () => {
    const reason = rejectReason(`a${'ü'.repeat(1000)}`);
    expect(reason).toBe(`a${'ü'.repeat(511)}`);
  });
});
