// A body that comes too slowly: it would hold its connection and its buffers for ever.
import { OncelogError } from '@oncelog/core';

export function bodyTimedOut(field: string, limitMs: number): OncelogError {
  const description = `did not arrive within ${limitMs / 1000} s`;
  return new OncelogError('TIMED_OUT', `${field}: ${description}`, {
    violations: [{ field, description, limit: limitMs }],
  });
}
