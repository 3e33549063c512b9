// A failure as REST carries it: a status, and a body that says what, where and what to do next.
import type { NodeResponse } from '../port/dual-server.ts';
import { asOncelogError, retryAfterSeconds } from '../failures/as-oncelog-error.ts';
import { failureOf } from '../failures/failure-table.ts';
import { WrongMethodError } from '../failures/wrong-method.ts';
import { sendJson } from './send-json.ts';

export function sendError(response: NodeResponse, error: unknown): void {
  const { code, message, violations, outcome, retryAfterMs } = asOncelogError(error);
  const { restStatus } = failureOf(code);
  const headers: Record<string, string> = {};
  if (error instanceof WrongMethodError) headers['allow'] = error.allowed.join(', ');
  if (retryAfterMs !== undefined) headers['retry-after'] = String(retryAfterSeconds(retryAfterMs));
  const [first] = violations;
  const body = {
    code,
    message,
    field: first?.field,
    limit: first?.limit,
    actual: first?.actual,
    outcome,
    retry_after_ms: retryAfterMs,
    violations: violations.length > 0 ? violations : undefined,
  };
  sendJson(response, restStatus, JSON.stringify(body), headers);
}
