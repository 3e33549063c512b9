// A refused batch, of which some events are wrong: those are taken out, the rest is sent after all.
import { type Event, OncelogClientError, type Outcome, refusedEvents } from '@oncelog/client';
import type { Item } from './publish-input.ts';

export type ResultOf<Answer> = Answer | OncelogClientError;
export type Result = ResultOf<Outcome>;

/** One result for each item, in order: the answers for those that are events, and why the others are none. */
export function resultsOf<Answer>(items: readonly Item[], answers: readonly Answer[]): ResultOf<Answer>[] {
  let place = 0;
  return items.map(({ failure }) => failure ?? answers[place++] ?? withoutAnswer());
}

/** The same for a batch that was refused. Throws what is wrong with the call rather than with an event. */
export async function answersOfRest<Answer>(
  items: readonly Item[],
  refusal: unknown,
  send: (events: readonly Event[]) => Promise<readonly Answer[]>,
): Promise<ResultOf<Answer>[]> {
  const results: (ResultOf<Answer> | undefined)[] = items.map(({ failure }) => failure);
  let open = items.flatMap(({ event }, index) => (event ? [{ event, index }] : []));
  for (let failure = refusal; ;) {
    const wrong = refusedEvents(failure, open.length);
    if (wrong.size === 0) throw failure;
    for (const [place, why] of wrong) results[open[place]!.index] = why;
    open = open.filter((_, place) => !wrong.has(place));
    if (open.length === 0) break;
    try {
      const answers = await send(open.map(({ event }): Event => event));
      for (const [place, answer] of answers.entries()) results[open[place]!.index] = answer;
      break;
    } catch (next) {
      failure = next;
    }
  }
  return results.map((result) => result ?? withoutAnswer());
}

function withoutAnswer(): OncelogClientError {
  return new OncelogClientError('INTERNAL', 'the aggregator gave no answer for it');
}
