import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { uuidV7 } from './uuid-v7.ts';

const firstMs = Date.now();
let nowMs = firstMs;

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

beforeEach(() => {
  nowMs += 10_000;
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('an id of version 7', () => {
  it('has the version and the variant in their places', () => {
    const pattern = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    for (let made = 0; made < 1000; made += 1) expect(uuidV7()).toMatch(pattern);
  });

  it('begins with the time', () => {
    expect(timeOf(uuidV7())).toBe(nowMs);
  });

  it('is greater than the one before, however many are made in a millisecond', () => {
    const ids = Array.from({ length: 20_000 }, () => uuidV7());
    expect(ids.findIndex((id, index) => index > 0 && id <= ids[index - 1]!)).toBe(-1);
    expect(timeOf(ids.at(-1)!)).toBeGreaterThan(nowMs);
  });

  it('is greater than the one before when the clock goes back', () => {
    const before = uuidV7();
    vi.setSystemTime(firstMs);
    expect(uuidV7() > before).toBe(true);
  });

  it('differs in its random bits from every other', () => {
    const tails = Array.from({ length: 10_000 }, () => uuidV7().slice(19));
    expect(new Set(tails).size).toBe(tails.length);
  });
});
