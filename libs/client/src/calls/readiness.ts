// Waiting for an aggregator that is still starting.
import { OncelogClientError } from '../failures/client-error.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { Backoff, defaultRetryPolicy } from './retry.ts';

/** A shorter probe would say more about this machine than about the aggregator. */
const probeMsMin = 500;

export interface ReadinessOptions {
  /** Probes included. */
  readonly waitMaxMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once, when the aggregator turns out not to be ready at first sight. */
  readonly onWaiting?: ((reason: OncelogClientError) => void) | undefined;
}

/** Resolves when the aggregator takes events; throws why it does not when the time is up. */
export async function waitUntilReady(
  client: OncelogClient,
  { waitMaxMs, signal, onWaiting }: ReadinessOptions,
): Promise<void> {
  let told = false;
  const startedAtMs = performance.now();
  const backoff = new Backoff(
    { ...defaultRetryPolicy, attemptsMax: Number.POSITIVE_INFINITY, totalMs: waitMaxMs },
    (reason) => {
      if (!told) onWaiting?.(reason);
      told = true;
    },
    startedAtMs,
  );
  for (;;) {
    try {
      const leftMs = Math.ceil(startedAtMs + waitMaxMs - performance.now());
      if ((await client.health({ signal, timeoutMs: Math.max(probeMsMin, leftMs) })).ready) return;
      throw new OncelogClientError('STORE_UNAVAILABLE', 'the aggregator answers, but is not ready', {
        outcome: 'none',
      });
    } catch (failure) {
      if (signal?.aborted) {
        const message = 'interrupted while waiting for the aggregator';
        throw new OncelogClientError('CANCELLED', message, { outcome: 'none' });
      }
      await backoff.wait(failure, signal);
    }
  }
}
