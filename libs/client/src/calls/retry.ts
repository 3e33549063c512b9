// Trying again: exponential backoff with full jitter, bounded in number and time, only for what may succeed later.
import { OncelogClientError } from '../failures/client-error.ts';
import { pause } from './pause.ts';

export interface RetryPolicy {
  readonly attemptsMax: number;
  /** From the start of a call (of a stream from its first failure): no attempt starts later, no repeat ends later. */
  readonly totalMs: number;
  readonly delayBaseMs: number;
  /** Half a second, so that clients are back within about a second after the aggregator is. */
  readonly delayMaxMs: number;
}

/** With less than this left another attempt would only hide why the last one failed. */
const attemptMsMin = 50;

export const defaultRetryPolicy: RetryPolicy = {
  attemptsMax: 8,
  totalMs: 10_000,
  delayBaseMs: 50,
  delayMaxMs: 500,
};

export type OnRetry = (error: OncelogClientError, waitMs: number) => void;

/** From zero to the doubled bound, after what the server asked for: clients that failed together come back apart. */
export function backoffDelayMs(policy: RetryPolicy, failures: number, retryAfterMs = 0, random = Math.random): number {
  const bound = Math.min(policy.delayMaxMs, policy.delayBaseMs * 2 ** Math.max(0, failures - 1));
  return Math.round(retryAfterMs + random() * bound);
}

/** Counts failures in a row and waits between the attempts. */
export class Backoff {
  readonly #policy: RetryPolicy;
  readonly #onRetry: OnRetry | undefined;
  readonly #startedAtMs: number | undefined;
  #failures = 0;
  #firstFailureAtMs = 0;
  /** From one address to another, since the last wait. */
  #moves = 0;

  /** Time counts from startedAtMs on, else from the first failure. */
  constructor(policy: RetryPolicy, onRetry?: OnRetry, startedAtMs?: number) {
    this.#policy = policy;
    this.#onRetry = onRetry;
    this.#startedAtMs = startedAtMs;
  }

  /** What the next attempt may take. A first one may take what it needs: a total of 0 means no second one. */
  get timeLeftMs(): number {
    if (this.#failures === 0) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.ceil(this.#endMs - performance.now()));
  }

  get #endMs(): number {
    return (this.#startedAtMs ?? this.#firstFailureAtMs) + this.#policy.totalMs;
  }

  /** A success: the next failure is a first one again. */
  reset(): void {
    this.#failures = 0;
    this.#moves = 0;
  }

  /**
   * Throws the failure when trying again cannot help or the bounds are used up. Waits for the addresses, not between
   * them: as long as there is one that was not tried since the last wait, it comes next, at once.
   */
  async wait(failure: unknown, signal?: AbortSignal): Promise<void> {
    if (!(failure instanceof OncelogClientError) || !failure.retryable) throw failure;
    const nowMs = performance.now();
    if (this.#failures === 0) this.#firstFailureAtMs = nowMs;
    this.#failures += 1;
    if (this.#failures >= this.#policy.attemptsMax) throw failure;
    const atOnce = this.#moves < (failure.elsewhere ?? 0);
    this.#moves = atOnce ? this.#moves + 1 : 0;
    const waitMs = atOnce ? 0 : backoffDelayMs(this.#policy, this.#failures, failure.retryAfterMs);
    if (nowMs + waitMs + attemptMsMin > this.#endMs) throw failure;
    this.#onRetry?.(failure, waitMs);
    // An abort cuts the wait short; what it means for the call is the next attempt's to say.
    await pause(waitMs, signal);
  }
}

export async function withRetries<T>(
  backoff: Backoff,
  signal: AbortSignal | undefined,
  attempt: (timeLeftMs: number) => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await attempt(backoff.timeLeftMs);
    } catch (failure) {
      await backoff.wait(failure, signal);
    }
  }
}
