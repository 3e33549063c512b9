import { describe, expect, it } from 'vitest';
import { othersPart, parseMachineStat } from './machine-use.ts';

describe('what others use of the machine', () => {
  it('is read from the line of all processors, stolen time included', () => {
    const text = 'cpu  100 10 50 800 40 5 5 30 7 7\ncpu0 1 1 1 1 1 1 1 1 0 0\n';
    expect(parseMachineStat(text)).toEqual({ busy: 200, all: 1040 });
  });

  it('is what is busy without being ours', () => {
    const before = { busy: 1000, all: 5000, oursMs: 2000 };
    expect(othersPart(before, { busy: 1700, all: 6000, oursMs: 5000 }, 100)).toBeCloseTo(0.4);
    expect(othersPart(before, { busy: 1200, all: 6000, oursMs: 9000 }, 100)).toBe(0);
    expect(othersPart(before, before, 100)).toBe(0);
  });
});
