// Opens what may not be there yet: compose and Kubernetes start an aggregator and what it needs in any order.
import { setTimeout as delay } from 'node:timers/promises';
import { OncelogError } from '@oncelog/core';
import type { Logger } from '@oncelog/telemetry';

/** A database that recovers from a crash takes seconds; who has not come by then is named wrongly, or will not come. */
const waitMsDefault = 60_000;
const attemptEveryMs = 1000;

export interface OpeningOptions {
  readonly what: 'store' | 'broker';
  readonly logger: Logger;
  readonly waitMs?: number | undefined;
}

export async function openWhenThere<T>(
  open: () => Promise<T>,
  { what, logger, waitMs = waitMsDefault }: OpeningOptions,
): Promise<T> {
  const startMs = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open();
    } catch (error) {
      if (!maySucceedLater(error)) throw error;
      const { message } = error;
      const leftMs = startMs + waitMs - performance.now();
      if (leftMs <= 0) throw new Error(`${message} (the ${what} was waited for, ${waitMs / 1000} s)`, { cause: error });
      logger.warn({ attempt, leftMs: Math.round(leftMs) }, `waiting for the ${what}: ${message}`);
      await delay(Math.min(attemptEveryMs, leftMs));
    }
  }
}

/** What waiting cannot mend, such as a wrong password or a setting that loses events, has another code or no time. */
function maySucceedLater(error: unknown): error is OncelogError {
  return error instanceof OncelogError && error.code === 'STORE_UNAVAILABLE' && error.retryAfterMs !== undefined;
}
