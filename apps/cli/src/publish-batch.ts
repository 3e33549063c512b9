// A refused batch, of which some events are wrong: those are taken out, the rest is published after all.
import {
  type CallSettings,
  type Event,
  OncelogClientError,
  type OncelogClient,
  type Outcome,
  refusedEvents,
} from '@oncelog/client';
import type { Item } from './publish-input.ts';

export type Result = Outcome | OncelogClientError;

/** One result for each item, in order: the outcomes of those that are events, and why the others are none. */
export function resultsOf(items: readonly Item[], outcomes: readonly Outcome[]): Result[] {
  let place = 0;
  return items.map(({ failure }) => failure ?? outcomes[place++] ?? withoutOutcome());
}

/** The same for a batch that was refused. Throws what is wrong with the call rather than with an event. */
export async function publishRest(
  client: OncelogClient,
  items: readonly Item[],
  refusal: OncelogClientError,
  settings: CallSettings,
): Promise<Result[]> {
  const results: (Result | undefined)[] = items.map(({ failure }) => failure);
  let open = items.flatMap(({ event }, index) => (event ? [{ event, index }] : []));
  for (let failure: unknown = refusal; ;) {
    const wrong = refusedEvents(failure, open.length);
    if (wrong.size === 0) throw failure;
    for (const [place, why] of wrong) results[open[place]!.index] = why;
    open = open.filter((_, place) => !wrong.has(place));
    if (open.length === 0) break;
    try {
      const { outcomes } = await client.publish(
        open.map(({ event }): Event => event),
        settings,
      );
      for (const [place, outcome] of outcomes.entries()) results[open[place]!.index] = outcome;
      break;
    } catch (next) {
      failure = next;
    }
  }
  return results.map((result) => result ?? withoutOutcome());
}

function withoutOutcome(): OncelogClientError {
  return new OncelogClientError('INTERNAL', 'the aggregator gave no outcome');
}
