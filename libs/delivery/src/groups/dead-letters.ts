// Dead letters: listed with their events, delivered again, or settled for good.
import type { ConsumerStore, DeadLetter, EventFilter } from '@oncelog/core';
import { deadAmong, pagesOfLetters } from './dead-positions.ts';
import type { DeadLetterPage } from './group-types.ts';
import type { LeaseSource } from './leasing.ts';
import { readEntries } from './log-places.ts';
import type { PlaceDraft } from './place.ts';

export async function listDeadLetters(
  { store, limits }: LeaseSource,
  group: { readonly name: string; readonly settings: { readonly filter: EventFilter } },
  { after, lettersMax }: { after: number; lettersMax: number },
): Promise<DeadLetterPage> {
  const letters = await store.consumers.deadLetters(group.name, { after, max: lettersMax });
  const positions = letters.map(({ position }) => position);
  const entries = await readEntries(store, group.settings.filter, positions, limits.pageBytesMax);
  const deadLetters = entries.map((entry, index) => {
    const { attempts, reason, deadTimeMs } = letters[index]!;
    return { entry, attempts, reason, deadTimeMs };
  });
  const end = letters.length < lettersMax && entries.length === letters.length;
  return end ? { deadLetters } : { deadLetters, nextAfter: entries.at(-1)!.position };
}

/** How many of the positions, or of all for want of any, are delivered again, as far as there is room for them. */
export async function replay(
  store: ConsumerStore,
  draft: PlaceDraft,
  positions: readonly number[],
  { outstandingMax, nowMs }: { outstandingMax: number; nowMs: number },
): Promise<number> {
  const room = Math.max(0, outstandingMax - draft.outstandingCount);
  const dead = positions.length > 0 ? await deadAmong(store, draft, positions) : await firstDead(store, draft, room);
  const replayed = [...dead].sort((a, b) => a - b).slice(0, room);
  for (const position of replayed) {
    draft.revive(position);
    // Sought back behind it, the group comes to it by itself.
    if (position > draft.cursor) continue;
    draft.put({ position, attempts: 0, dueTimeMs: nowMs, member: '', reason: '' });
  }
  return replayed.length;
}

async function firstDead(store: ConsumerStore, draft: PlaceDraft, max: number): Promise<number[]> {
  const dead: number[] = [];
  if (draft.deadLetterCount === 0) return dead;
  for await (const letters of pagesOfLetters(store, draft.name, 0, Infinity)) {
    dead.push(...letters.map(positionOf).filter((position) => draft.isDead(position) !== false));
    if (dead.length >= max) break;
  }
  return dead;
}

export async function deleteDeadLetters(
  store: ConsumerStore,
  draft: PlaceDraft,
  positions: readonly number[],
): Promise<number> {
  const dead = await deadAmong(store, draft, positions);
  for (const position of dead) draft.revive(position);
  return dead.size;
}

function positionOf({ position }: DeadLetter): number {
  return position;
}
