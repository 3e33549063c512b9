// Publishing a batch of which some events may be wrong: those are taken out, the rest goes on.
import { type CallSettings, type Event, OncelogClientError, type OncelogClient, type Outcome } from '@oncelog/client';
import type { Item } from './publish-input.ts';

export type Result = Outcome | OncelogClientError;

/** One result for each item, in order. Throws what is wrong with the call rather than with an event. */
export async function publishBatch(
  client: OncelogClient,
  items: readonly Item[],
  settings: CallSettings,
): Promise<Result[]> {
  const results: (Result | undefined)[] = items.map(({ failure }) => failure);
  let open = items.flatMap(({ event }, index) => (event ? [{ event, index }] : []));
  while (open.length > 0) {
    try {
      const { outcomes } = await client.publish(
        open.map(({ event }): Event => event),
        settings,
      );
      for (const [place, outcome] of outcomes.entries()) results[open[place]!.index] = outcome;
      open = [];
    } catch (failure) {
      const wrong = wrongPlaces(failure, open.length);
      if (wrong.size === 0) throw failure;
      for (const [place, refusal] of wrong) results[open[place]!.index] = refusal;
      open = open.filter((_, place) => !wrong.has(place));
    }
  }
  return results.map((result) => result ?? new OncelogClientError('INTERNAL', 'the aggregator gave no outcome'));
}

/** A refused batch is refused whole; the violations name the events that are to blame, some of them at least. */
function wrongPlaces(failure: unknown, count: number): Map<number, OncelogClientError> {
  const wrong = new Map<number, OncelogClientError>();
  if (!(failure instanceof OncelogClientError) || failure.retryable || failure.outcome !== 'none') return wrong;
  for (const { field, description } of failure.violations) {
    const [, digits, path = ''] = /^events\[(\d+)\]\.?(.*)$/.exec(field) ?? [];
    const place = Number(digits);
    if (digits === undefined || place >= count || wrong.has(place)) continue;
    const violations = [{ field: path, description }];
    const message = path === '' ? description : `${path}: ${description}`;
    wrong.set(place, new OncelogClientError(failure.code, message, { violations, outcome: 'none' }));
  }
  if (wrong.size === 0 && count === 1) wrong.set(0, failure);
  return wrong;
}
