// A closed loop of calls: so many at a time, the next one when one is answered.
import type { LatencyHistogram } from '../measure/latency-histogram.ts';

export async function callInFlight<Call>(
  calls: readonly Call[],
  inFlight: number,
  latencies: LatencyHistogram,
  make: (call: Call, lane: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (number: number): Promise<void> => {
    while (next < calls.length) {
      const call = calls[next]!;
      next += 1;
      const began = performance.now();
      await make(call, number);
      latencies.record(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, calls.length) }, (_, number) => lane(number)));
}

export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size));
  return batches;
}
