import { describe, expect, it } from 'vitest';
import { uuidV7 } from './uuid-v7.ts';

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

describe('an id of version 7', () => {
  it('has the version and the variant in their places', () => {
    const pattern = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    for (let made = 0; made < 1000; made += 1) expect(uuidV7()).toMatch(pattern);
  });

  it('begins with the time', () => {
    const aheadMs = Date.now() + 10_000;
    expect(timeOf(uuidV7(aheadMs))).toBe(aheadMs);
  });

  it('is greater than the one before, however many are made in a millisecond', () => {
    const nowMs = Date.now() + 20_000;
    const ids = Array.from({ length: 20_000 }, () => uuidV7(nowMs));
    expect(ids.findIndex((id, index) => index > 0 && id <= ids[index - 1]!)).toBe(-1);
    expect(timeOf(ids.at(-1)!)).toBeGreaterThan(nowMs);
  });

  it('is greater than the one before when the clock goes back', () => {
    const before = uuidV7(Date.now() + 30_000);
    expect(uuidV7(1) > before).toBe(true);
  });

  it('differs in its random bits from every other', () => {
    const tails = Array.from({ length: 10_000 }, () => uuidV7().slice(19));
    expect(new Set(tails).size).toBe(tails.length);
  });
});
