// Which events of a refused batch are to blame: the others may be sent again without them.
import { OncelogClientError } from '../failures/client-error.ts';

/**
 * By their place in the batch, each with its own part of the refusal. Those that are named are some of them at least;
 * none when the refusal is not about single events.
 */
export function refusedEvents(refusal: unknown, count: number): Map<number, OncelogClientError> {
  const wrong = new Map<number, OncelogClientError>();
  if (!(refusal instanceof OncelogClientError) || refusal.retryable || refusal.outcome !== 'none') return wrong;
  for (const { field, description } of refusal.violations) {
    const [, digits, path = ''] = /^events\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    const place = Number(digits);
    if (digits === undefined || place >= count || wrong.has(place)) continue;
    const violations = [{ field: path, description }];
    const message = path === '' ? description : `${path}: ${description}`;
    wrong.set(place, new OncelogClientError(refusal.code, message, { violations, outcome: 'none' }));
  }
  if (wrong.size === 0 && count === 1) wrong.set(0, refusal);
  return wrong;
}
