// Counts refusals and logs what is our own fault.
import { ConnectError } from '@connectrpc/connect';
import type { Logger } from '@oncelog/telemetry';
import type { ServiceState } from '../handlers/service-state.ts';
import { StreamFailure } from '../handlers/publish-stream.ts';
import { asOncelogError } from './as-oncelog-error.ts';

export interface FailureSink {
  readonly state: ServiceState;
  readonly logger: Logger;
}

/** A fault of our own is logged with everything the client is not told. */
export function noteFailure({ state, logger }: FailureSink, error: unknown, route: string): void {
  state.refusedRequests += 1;
  const origin = originOf(error);
  if (origin instanceof ConnectError) {
    logger.debug({ route, code: origin.code }, origin.rawMessage);
    return;
  }
  const { code, message, cause } = asOncelogError(origin);
  if (code === 'INTERNAL' || code === 'DATA_CORRUPTED') logger.error({ route, code, err: cause ?? origin }, message);
  else logger.debug({ route, code }, message);
}

/** Beneath the wrapping of a stream and of a failure that has been put into wire words already. */
function originOf(error: unknown): unknown {
  if (error instanceof StreamFailure) return originOf(error.cause);
  if (error instanceof ConnectError && error.cause !== undefined) return originOf(error.cause);
  return error;
}
