import { describe, expect, it } from 'vitest';
import { partitionLoad } from './partition-load.ts';

const usual = { topics: 5000, partitions: 16, exponent: 0, trials: 5, seed: 1 };

describe('topics in partitions', () => {
  it('that are all alike and many fill them nearly evenly', () => {
    const { used, usedWorst } = partitionLoad(usual);
    expect(used).toBeGreaterThan(0.8);
    expect(used).toBeLessThanOrEqual(1);
    expect(usedWorst).toBeLessThanOrEqual(used);
  });

  it('as few as there are partitions leave some of them empty', () => {
    expect(partitionLoad({ ...usual, topics: 16 }).used).toBeLessThan(0.6);
  });

  it('never hold more than the largest topic allows', () => {
    const { used, largestTopic } = partitionLoad({ ...usual, partitions: 64, exponent: 1 });
    expect(largestTopic).toBeGreaterThan(0.1);
    expect(used).toBeLessThanOrEqual(1 / 64 / largestTopic);
  });

  it('fill a single partition whole', () => {
    expect(partitionLoad({ ...usual, partitions: 1, exponent: 1 })).toMatchObject({ used: 1, usedWorst: 1 });
  });
});
