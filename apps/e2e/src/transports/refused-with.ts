// What a call that must be refused was refused with.
import { type FailureFacts, WireFailure } from './wire-failure.ts';

/** Throws when the call succeeds, and what it rejected with when that is no refusal. */
export async function refusedWith(call: Promise<unknown>): Promise<FailureFacts> {
  const reason = await call.then(
    () => new Error('it was expected to be refused'),
    (error: unknown) => error,
  );
  if (reason instanceof WireFailure) return reason.facts;
  throw reason;
}
