// Which positions a slice that follows a position looks at.
import type { TailQuery } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';

export interface TailScan {
  /** Excluded. */
  readonly after: number;
  /** Included. */
  readonly last: number;
  /** Of the whole topics that the filter names. */
  readonly topicIds: readonly number[];
}

export async function planScan(db: LogDatabase, query: TailQuery, head: number): Promise<TailScan> {
  const { filter, after, scanMax } = query;
  const topicIds = filter.topics.length === 0 ? [] : await readTopicIds(db, filter.topics);
  const single = filter.topics.length === 1 && filter.topicPrefixes.length === 0;
  if (!single) return { after, last: Math.min(head, after + scanMax), topicIds };
  const last = await nthOfTopic(db, topicIds[0], after, candidatesMax(query));
  return { after, last: Math.min(head, last ?? head), topicIds };
}

/** Where every event of the topic matches, looking at one more than fits is enough. */
function candidatesMax({ filter: { sources, attributes }, eventsMax, scanMax }: TailQuery): number {
  const everyMatches = sources.length === 0 && Object.keys(attributes).length === 0;
  return everyMatches ? Math.min(scanMax, eventsMax + 1) : scanMax;
}

async function readTopicIds(db: LogDatabase, names: readonly string[]): Promise<number[]> {
  const rows = await db.selectFrom('topic').select('id').where('name', 'in', names).execute();
  return rows.map(({ id }) => id);
}

/** By the index on the topic: a rare one is found without reading through the others. */
async function nthOfTopic(db: LogDatabase, topicId: number | undefined, after: number, nth: number) {
  if (topicId === undefined) return undefined;
  const row = await db
    .selectFrom('event_key')
    .select('position')
    .where('topic_id', '=', topicId)
    .where('position', '>', after)
    .orderBy('position')
    .limit(1)
    .offset(nth - 1)
    .executeTakeFirst();
  return row?.position;
}
