// One kind of failure for every protocol.
import { OncelogError } from '@oncelog/core';

/** Whatever is not a failure we know is a fault of our own; its details belong in the log, not on the wire. */
export function asOncelogError(error: unknown): OncelogError {
  if (error instanceof OncelogError) return error;
  const message = 'something went wrong inside the server; its log has the details';
  return new OncelogError('INTERNAL', message, { outcome: 'unknown', cause: error });
}

/** HTTP counts in whole seconds. */
export function retryAfterSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
