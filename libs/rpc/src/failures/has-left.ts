// Whether a call was ended by its client: that is no failure, and nobody is there to be told of one.
import { Code, ConnectError } from '@connectrpc/connect';
import { OncelogError } from '@oncelog/core';

/** A shutdown, a stall and a deadline say what they are; all else that aborts a call is the client itself. */
export function hasLeft(reason: unknown): boolean {
  const timedOut = reason instanceof ConnectError && reason.code === Code.DeadlineExceeded;
  return !timedOut && !(reason instanceof OncelogError);
}
