// Trying again what has certainly not been stored, for as long as a caller may be kept waiting.
import { setTimeout as wait } from 'node:timers/promises';
import { isRetryable } from '../postgres-faults.ts';

const attemptsMax = 5;
const backoffMsMin = 50;
/** Writes are back within this of the server. */
const backoffMsMax = 500;
/** A try that began earlier than this is the last one: two waits for a lock, or two for a connection. */
const retriesEndMs = 3000;

export async function withRetries<Result>(work: () => Promise<Result>): Promise<Result> {
  const endMs = performance.now() + retriesEndMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || attempt === attemptsMax || performance.now() > endMs) throw error;
    }
    // Spread out, so that those who collided do not meet again.
    await wait(Math.min(backoffMsMax, backoffMsMin * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2));
  }
}
