import { describe, expect, it } from 'vitest';
import { CanonicalDigests } from './canonical-digests.ts';

describe('the canonical digests of what is kept', () => {
  it('are read once, however often they are compared with', () => {
    const read: number[] = [];
    const digests = new CanonicalDigests((position) => {
      read.push(position);
      return `digest ${position}`;
    });
    expect([digests.of(1), digests.of(2), digests.of(1)]).toEqual(['digest 1', 'digest 2', 'digest 1']);
    expect(read).toEqual([1, 2]);
  });

  it('forget what a failed transaction had put at a position', () => {
    let transaction = 'first';
    const digests = new CanonicalDigests(() => transaction);
    digests.of(1);
    digests.clear();
    transaction = 'second';
    expect(digests.of(1)).toBe('second');
  });
});
