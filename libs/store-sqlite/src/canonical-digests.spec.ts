import { canonicalDigest } from '@oncelog/core';
import { jsonContent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { CanonicalDigests } from './canonical-digests.ts';

describe('the canonical digests of what is kept', () => {
  it('reads and parses each content once, however often it is compared', () => {
    const digests = new CanonicalDigests();
    let read = 0;
    const content = () => {
      read += 1;
      return jsonContent('{"b":1.0,"a":2}');
    };
    const expected = canonicalDigest(jsonContent('{"a":2,"b":1}'));
    expect([digests.of(1, content), digests.of(1, content), digests.of(1, content)]).toEqual([
      expected,
      expected,
      expected,
    ]);
    expect(read).toBe(1);
  });

  it('forgets what a failed transaction had put at a position', () => {
    const digests = new CanonicalDigests();
    digests.of(1, () => jsonContent('{"a":1}'));
    digests.clear();
    expect(digests.of(1, () => jsonContent('{"a":2}'))).toBe(canonicalDigest(jsonContent('{"a":2}')));
  });
});
