// Failures of REST calls: the JSON error body into the same client error.
import { OncelogClientError, type Violation } from './client-error.ts';
import { codeOfStatus, isFailureCode } from './failure-table.ts';

interface RestErrorBody {
  readonly code: string;
  readonly message?: string;
  readonly field?: string;
  readonly limit?: number | string;
  readonly actual?: number | string;
  readonly outcome?: string;
  readonly retry_after_ms?: number;
  readonly violations?: readonly Violation[];
}

export function clientErrorOfRest(status: number, answer: string): OncelogClientError {
  const body = bodyOf(answer);
  if (!body) {
    const code = status >= 500 ? 'UNREACHABLE' : codeOfStatus('restStatus', status);
    return new OncelogClientError(code, `HTTP ${status} without an answer of the aggregator's own`);
  }
  const message = body.message ?? body.code;
  const own = body.field === undefined ? [] : [{ field: body.field, description: message }];
  return new OncelogClientError(isFailureCode(body.code) ? body.code : 'UNSPECIFIED', message, {
    violations: body.violations?.map(({ field, description }) => ({ field, description })) ?? own,
    limit: body.limit === undefined ? undefined : String(body.limit),
    actual: body.actual === undefined ? undefined : String(body.actual),
    outcome: body.outcome === 'none' ? 'none' : 'unknown',
    retryAfterMs: body.retry_after_ms,
  });
}

function bodyOf(answer: string): RestErrorBody | undefined {
  try {
    const body: unknown = JSON.parse(answer);
    const known = typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
    return known ? (body as RestErrorBody) : undefined;
  } catch {
    return undefined;
  }
}
