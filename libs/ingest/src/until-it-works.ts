// Calls of a broker or a store that cannot be had at times: again and again, a little later each time.
import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, OncelogError } from '@oncelog/core';

/** Short, so that what is back is used again soon. */
const backoffMs = [50, 100, 200, 500] as const;

/** It cannot be had, whatever it is given. */
const outages: ReadonlySet<ErrorCode> = new Set([
  'STORE_UNAVAILABLE',
  'DISK_FULL',
  'QUEUE_FULL',
  'SHUTTING_DOWN',
  'TIMED_OUT',
  'DATA_CORRUPTED',
]);

export interface WorkerTrouble {
  /** Which does not work: the broker, the store, or one entry. */
  readonly what: 'broker' | 'store' | 'entry';
  readonly error: Error;
  readonly entryId?: string;
}

export type OnTrouble = (trouble: WorkerTrouble) => void;

export interface PatientCall<T> {
  readonly what: 'broker' | 'store';
  readonly call: () => Promise<T>;
  /** Ends the waiting; the call is made once nevertheless. */
  readonly signal: AbortSignal;
  readonly onTrouble: OnTrouble;
}

/** Undefined when the signal ended the waiting. Throws what is no outage. */
export async function untilItWorks<T>({
  what,
  call,
  signal,
  onTrouble,
}: PatientCall<T>): Promise<{ readonly result: T } | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { result: await call() };
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (attempt === 0) onTrouble({ what, error });
      if (signal.aborted) return undefined;
      const waitMs = backoffMs[Math.min(attempt, backoffMs.length - 1)]!;
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}

function isOutage(error: unknown): error is OncelogError {
  return error instanceof OncelogError && outages.has(error.code);
}
