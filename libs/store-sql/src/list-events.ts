// One slice of a listing. The log only grows, so that the queries of a slice fit together below the head read first.
import type { ListQuery, ListSlice, StoredEvent } from '@oncelog/core';
import { type Candidates, findCandidates } from './candidates.ts';
import { countFitting } from './count-fitting.ts';
import type { LogDatabase } from './entities.ts';
import { bodiesWithin } from './position-range.ts';
import { readHead } from './read-head.ts';
import { selectStoredEvents, storedEventOf } from './stored-event-row.ts';

interface Filter {
  readonly direction: 'asc' | 'desc';
  readonly topicId: number | undefined;
  readonly source: string | undefined;
}

export async function listEvents(db: LogDatabase, query: ListQuery): Promise<ListSlice> {
  const descending = query.order === 'descending';
  const topic = query.topic === undefined ? undefined : await readTopic(db, query.topic);
  const head = await readHead(db);
  const topicSize = topic && { topicSize: topic.stored };
  const filter: Filter = { direction: descending ? 'desc' : 'asc', topicId: topic?.id, source: query.source };

  const candidates = await findCandidates(db, query, topic?.id, head);
  const { events, scannedTo } = candidates ? await readSlice(db, filter, candidates, query) : { events: [] };
  const end = scannedTo === candidates?.final;
  const farEnd = descending ? 0 : Math.max(head, query.after ?? 0);
  return { events, scannedTo: end || scannedTo === undefined ? farEnd : scannedTo, end, head, ...topicSize };
}

/** An unknown topic gets an id that no event has. */
async function readTopic(db: LogDatabase, name: string) {
  const topic = await db.selectFrom('topic').select(['id', 'stored']).where('name', '=', name).executeTakeFirst();
  return topic ?? { id: 0, stored: 0 };
}

/** The sizes first, then only the bodies that fit: a page of large events must not be read whole to be cut. */
async function readSlice(
  db: LogDatabase,
  filter: Filter,
  candidates: Candidates,
  { eventsMax, bytesMax }: ListQuery,
): Promise<{ readonly events: readonly StoredEvent[]; readonly scannedTo: number }> {
  const sizes = await readSizes(db, filter, candidates, eventsMax + 1);
  const count = countFitting(sizes, eventsMax, bytesMax);
  const from = sizes[0]?.position;
  const to = sizes[count - 1]?.position;
  if (from === undefined || to === undefined) return { events: [], scannedTo: candidates.boundary };
  const events = await readBodies(db, filter, Math.min(from, to), Math.max(from, to));
  return { events, scannedTo: count < sizes.length ? to : candidates.boundary };
}

async function readSizes(
  db: LogDatabase,
  { direction, topicId, source }: Filter,
  { first, last }: Candidates,
  rowsMax: number,
) {
  let sizes = db
    .selectFrom('event_key')
    .innerJoin('event', bodiesWithin({ first, last }))
    .select(({ fn, lit, eb }) => {
      const attributes = fn.coalesce(fn<number>('octet_length', ['event.attributes']), lit(0));
      return ['event_key.position', eb(fn<number>('octet_length', ['event.content']), '+', attributes).as('size')];
    })
    .where('event_key.position', '>=', first)
    .where('event_key.position', '<=', last)
    .orderBy('event_key.position', direction)
    .limit(rowsMax);
  if (topicId !== undefined) sizes = sizes.where('event_key.topic_id', '=', topicId);
  if (source !== undefined) sizes = sizes.where('event.source', '=', source);
  return sizes.execute();
}

async function readBodies(db: LogDatabase, { direction, topicId, source }: Filter, first: number, last: number) {
  let bodies = selectStoredEvents(db, { first, last }).orderBy('event_key.position', direction);
  if (topicId !== undefined) bodies = bodies.where('event_key.topic_id', '=', topicId);
  if (source !== undefined) bodies = bodies.where('event.source', '=', source);
  return (await bodies.execute()).map(storedEventOf);
}
