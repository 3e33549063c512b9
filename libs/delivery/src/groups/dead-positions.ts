// Which positions are dead letters, for a draft that may know better than the store.
import type { ConsumerStore, DeadLetter } from '@oncelog/core';
import type { PlaceDraft } from './place.ts';

/** One read of dead letters: 1 MB with the longest reasons. */
const lettersReadMax = 1000;

/** Those of the positions that are dead letters. Costs nothing as long as the group has none. */
export async function deadAmong(
  store: ConsumerStore,
  draft: PlaceDraft,
  positions: readonly number[],
): Promise<ReadonlySet<number>> {
  const dead = new Set<number>();
  if (draft.deadLetterCount === 0 || positions.length === 0) return dead;
  const wanted = new Set(positions);
  const last = Math.max(...positions);
  for await (const letters of pagesOfLetters(store, draft.name, Math.min(...positions) - 1, last)) {
    for (const { position } of letters) if (wanted.has(position)) dead.add(position);
  }
  for (const position of positions) {
    if (draft.isDead(position) === true) dead.add(position);
    else if (draft.isDead(position) === false) dead.delete(position);
  }
  return dead;
}

/** From after a position up to one, page by page. */
export async function* pagesOfLetters(
  store: ConsumerStore,
  group: string,
  after: number,
  upTo: number,
): AsyncGenerator<readonly DeadLetter[]> {
  for (let from = after; from < upTo;) {
    const letters = await store.deadLetters(group, { after: from, max: lettersReadMax });
    yield letters;
    if (letters.length < lettersReadMax) return;
    from = letters.at(-1)!.position;
  }
}
