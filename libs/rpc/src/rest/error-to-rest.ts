// A failure as REST carries it: a status, and a body that says what, where and what to do next.
import type { NodeResponse } from '../port/dual-server.ts';
import { asOncelogError, retryAfterSeconds } from '../failures/as-oncelog-error.ts';
import { failureOf } from '../failures/failure-table.ts';
import { WrongMethodError } from '../failures/wrong-method.ts';
import { StreamFailure } from '../handlers/stream-publisher.ts';
import { countersJson } from './outcome-json.ts';
import { sendJson } from './send-json.ts';

export function sendError(response: NodeResponse, error: unknown): void {
  const { code, retryAfterMs } = asOncelogError(causeOf(error));
  const headers: Record<string, string> = {};
  if (error instanceof WrongMethodError) headers['allow'] = error.allowed.join(', ');
  if (retryAfterMs !== undefined) headers['retry-after'] = String(retryAfterSeconds(retryAfterMs));
  sendJson(response, failureOf(code).restStatus, JSON.stringify(errorBody(error)), headers);
}

export function errorBody(error: unknown) {
  const { code, message, violations, outcome, retryAfterMs, cursor } = asOncelogError(causeOf(error));
  const [first] = violations;
  const committed = error instanceof StreamFailure ? error.summary : undefined;
  return {
    code,
    message,
    field: first?.field,
    limit: first?.limit,
    actual: first?.actual,
    outcome: committed && committed.received > 0 ? 'unknown' : outcome,
    retry_after_ms: retryAfterMs,
    cursor,
    violations: violations.length > 0 ? violations : undefined,
    committed: committed && countersJson(committed),
  };
}

/** A stream that failed tells what of it is committed beside its cause. */
function causeOf(error: unknown): unknown {
  return error instanceof StreamFailure ? error.cause : error;
}
