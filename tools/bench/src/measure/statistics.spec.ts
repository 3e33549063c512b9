import { describe, expect, it } from 'vitest';
import { median, pairedRatio, spread, summarize } from './statistics.ts';

describe('the median', () => {
  it.each([
    [[3], 3],
    [[5, 1, 3], 3],
    [[4, 1, 3, 2], 2.5],
    [[10, 9, 100], 10],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('of nothing is refused', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => summarize([])).toThrow(RangeError);
  });

  it('leaves the order of what it is given alone', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

it('the spread is half of the range, as a part of the median', () => {
  expect(spread(summarize([90, 100, 120]))).toBeCloseTo(0.15);
  expect(spread(summarize([7]))).toBe(0);
  expect(spread({ median: 0, min: 0, max: 0 })).toBe(0);
});

describe('the paired ratio', () => {
  it('compares each round with its neighbour, so that a slow minute of the machine does not count', () => {
    expect(pairedRatio([100, 50, 100], [200, 100, 200])).toBe(0.5);
  });

  it('leaves out rounds that only one side has', () => {
    expect(pairedRatio([10, 20, 90], [10, 10])).toBe(1.5);
    expect(pairedRatio([10], [10, 90])).toBe(1);
    expect(pairedRatio([10], [])).toBeUndefined();
  });
});
