// Counts refusals and logs what is our own fault, or the operator's to mend.
import { ConnectError } from '@connectrpc/connect';
import type { ErrorCode } from '@oncelog/core';
import type { Logger } from '@oncelog/telemetry';
import type { ServiceState } from '../handlers/service-state.ts';
import { StreamFailure } from '../handlers/stream-publisher.ts';
import { asOncelogError } from './as-oncelog-error.ts';

const ownFaults: readonly ErrorCode[] = ['INTERNAL', 'DATA_CORRUPTED'];

const forOperators: readonly ErrorCode[] = ['DISK_FULL', 'STORE_UNAVAILABLE', 'QUEUE_FULL'];

/** A full disk refuses thousands of requests a second: one line a second tells as much as all of them. */
const warningIntervalMs = 1000;

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
  if (ownFaults.includes(code)) logger.error({ route, code, err: cause ?? origin }, message);
  else if (forOperators.includes(code) && isDue(state, code)) logger.warn({ route, code }, message);
  else logger.debug({ route, code }, message);
}

function isDue({ warnedMs }: ServiceState, code: ErrorCode): boolean {
  const nowMs = Date.now();
  if (nowMs - (warnedMs.get(code) ?? 0) < warningIntervalMs) return false;
  warnedMs.set(code, nowMs);
  return true;
}

/** Beneath the wrapping of a stream and of a failure that has been put into wire words already. */
function originOf(error: unknown): unknown {
  if (error instanceof StreamFailure) return originOf(error.cause);
  if (error instanceof ConnectError && error.cause !== undefined) return originOf(error.cause);
  return error;
}
