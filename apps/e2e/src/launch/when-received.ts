// Waiting for the middle of a load that another process sends.
import { setTimeout as delay } from 'node:timers/promises';
import type { AggregatorProcess } from './aggregator-process.ts';
import type { Finished } from './run-program.ts';

const pollMs = 10;

export interface RestStats {
  readonly received: number;
  readonly unique_processed: number;
  readonly duplicate_dropped: number;
}

export interface WhenReceivedOptions {
  readonly aggregator: Pick<AggregatorProcess, 'url'>;
  /** The program that sends the load; its end comes too early. */
  readonly publishing: Promise<Finished>;
  readonly receivedMin: number;
  readonly signal?: AbortSignal;
}

/** Resolves with what the aggregator has received, once that is enough. */
export async function whenReceived(options: WhenReceivedOptions): Promise<number> {
  const { aggregator, publishing, receivedMin, signal } = options;
  const ended = publishing.then(({ stdout, stderr }) => {
    throw new Error(`the publisher ended before that:\n${stderr}${stdout}`);
  });
  ended.catch(() => {});
  for (;;) {
    const { received } = await Promise.race([readStats(aggregator.url), ended]);
    if (received >= receivedMin) return received;
    await Promise.race([delay(pollMs, undefined, signal && { signal }), ended]);
  }
}

export async function readStats(url: string): Promise<RestStats> {
  return (await fetch(`${url}/stats`)).json() as Promise<RestStats>;
}
