// Topics in partitions by hash: how much of the partitions is used when the fullest of them is full.
import { createRandomSource } from '../load/random-source.ts';

export interface PartitionLoadOptions {
  readonly topics: number;
  readonly partitions: number;
  /** Of Zipf's law: the n-th topic has 1/n^exponent of the first one's events. 0 makes all alike. */
  readonly exponent: number;
  /** How often all topics are hashed anew. */
  readonly trials: number;
  readonly seed: number;
}

export interface PartitionLoad {
  /** Of the rate of all partitions together, the part that can be used: the median over the trials, and the worst. */
  readonly used: number;
  readonly usedWorst: number;
  /** Of all events. */
  readonly largestTopic: number;
}

export function partitionLoad({ topics, partitions, exponent, trials, seed }: PartitionLoadOptions): PartitionLoad {
  const random = createRandomSource(seed, 'partitions');
  const weights = Float64Array.from({ length: topics }, (_, topic) => (topic + 1) ** -exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const used = Array.from({ length: trials }, () => {
    const loads = new Float64Array(partitions);
    // A hash of names that nobody chose with it in mind is as good as chance.
    for (const weight of weights) loads[random.below(partitions)]! += weight;
    return total / partitions / Math.max(...loads);
  }).toSorted((a, b) => a - b);
  return { used: used[Math.floor(trials / 2)]!, usedWorst: used[0]!, largestTopic: weights[0]! / total };
}
