// How long after its acknowledgement an event reaches each subscriber.
import { LatencyHistogram } from '../measure/latency-histogram.ts';

export interface DeliveryFigures {
  readonly deliveries: number;
  /** Acknowledged to the publisher, and not seen by every subscriber. */
  readonly missed: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly maxMs: number | undefined;
  /** CPU time of the aggregator a second; 1 is a whole core. */
  readonly serverCpuPart: number | undefined;
}

/** Of one stretch of time. A subscriber may well be told before the publisher is: that counts as no time at all. */
export class DeliveryLatencies {
  readonly #acknowledgedAtMs = new Map<number, number>();
  readonly #early = new Map<number, number>();
  readonly #histogram = new LatencyHistogram();
  #deliveries = 0;

  acknowledged(position: number, atMs: number): void {
    this.#acknowledgedAtMs.set(position, atMs);
    for (let count = this.#early.get(position) ?? 0; count > 0; count -= 1) this.#record(0);
    this.#early.delete(position);
  }

  delivered(position: number, atMs: number): void {
    const acknowledgedAtMs = this.#acknowledgedAtMs.get(position);
    if (acknowledgedAtMs === undefined) this.#early.set(position, (this.#early.get(position) ?? 0) + 1);
    else this.#record(atMs - acknowledgedAtMs);
  }

  figures(subscribers: number, serverCpuPart: number | undefined): DeliveryFigures {
    return {
      deliveries: this.#deliveries,
      missed: this.#acknowledgedAtMs.size * subscribers - this.#deliveries,
      p50Ms: this.#histogram.quantile(0.5),
      p99Ms: this.#histogram.quantile(0.99),
      maxMs: this.#histogram.quantile(1),
      serverCpuPart,
    };
  }

  #record(ms: number): void {
    this.#deliveries += 1;
    this.#histogram.record(ms);
  }
}
