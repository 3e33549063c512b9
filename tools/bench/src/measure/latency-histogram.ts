// Latencies in buckets that grow by 2 %: any number of them in little memory, each known to within 1 %.

const smallestMs = 0.001;
const growth = 1.02;
const logGrowth = Math.log(growth);

/** Buckets and how often each was hit; as plain data it travels between processes. */
export type LatencyCounts = readonly (readonly [bucket: number, count: number])[];

export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #total = 0;
  #maxMs = 0;

  get count(): number {
    return this.#total;
  }

  record(ms: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log(ms / smallestMs) / logGrowth));
    this.#add(bucket, 1);
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  add(counts: LatencyCounts): void {
    for (const [bucket, count] of counts) {
      this.#add(bucket, count);
      this.#maxMs = Math.max(this.#maxMs, upperBoundMs(bucket));
    }
  }

  /** The latency that this part of all does not exceed; undefined when there is none. */
  quantile(part: number): number | undefined {
    if (this.#total === 0) return undefined;
    let below = 0;
    for (const [bucket, count] of [...this.#counts].toSorted(([a], [b]) => a - b)) {
      below += count;
      if (below >= part * this.#total) return Math.min(upperBoundMs(bucket), this.#maxMs);
    }
    return this.#maxMs;
  }

  toCounts(): LatencyCounts {
    return [...this.#counts];
  }

  #add(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#total += count;
  }
}

function upperBoundMs(bucket: number): number {
  return smallestMs * growth ** bucket;
}
