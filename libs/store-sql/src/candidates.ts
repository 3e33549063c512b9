// Which positions a slice may look at: those of the topic and the times asked for, up to a bound.
import type { ListQuery } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';
import { firstPositionSince } from './first-position-since.ts';

/** Positions, both included. */
export interface Candidates {
  readonly first: number;
  readonly last: number;
  /** Where the slice stops looking, and where the whole listing does; in the direction of the order. */
  readonly boundary: number;
  readonly final: number;
}

type Direction = 'asc' | 'desc';

/** Undefined when there is nothing to look at. */
export async function findCandidates(
  db: LogDatabase,
  query: ListQuery,
  topicId: number | undefined,
  head: number,
): Promise<Candidates | undefined> {
  const ascending = query.order === 'ascending';
  const range = await rangeOf(db, query, head);
  const final = await nthCandidate(db, topicId, range, ascending ? 'desc' : 'asc', 0);
  if (final === undefined) return undefined;
  const boundary = (await nthCandidate(db, topicId, range, ascending ? 'asc' : 'desc', query.scanMax - 1)) ?? final;
  return ascending ? { ...range, last: boundary, boundary, final } : { ...range, first: boundary, boundary, final };
}

async function rangeOf(db: LogDatabase, { order, after, sinceMs, untilMs }: ListQuery, head: number) {
  const since = sinceMs === undefined ? 1 : await firstPositionSince(db, sinceMs, head);
  const until = untilMs === undefined ? head + 1 : await firstPositionSince(db, untilMs, head);
  if (after === undefined) return { first: since, last: until - 1 };
  return order === 'ascending'
    ? { first: Math.max(since, after + 1), last: until - 1 }
    : { first: since, last: Math.min(until, after) - 1 };
}

async function nthCandidate(
  db: LogDatabase,
  topicId: number | undefined,
  { first, last }: { readonly first: number; readonly last: number },
  direction: Direction,
  skipped: number,
): Promise<number | undefined> {
  if (topicId === undefined) {
    const position = direction === 'asc' ? first + skipped : last - skipped;
    return position >= first && position <= last ? position : undefined;
  }
  const row = await db
    .selectFrom('event_key')
    .select('position')
    .where('topic_id', '=', topicId)
    .where('position', '>=', first)
    .where('position', '<=', last)
    .orderBy('position', direction)
    .limit(1)
    .offset(skipped)
    .executeTakeFirst();
  return row?.position;
}
