// The counters of the log. Run it in one transaction, so that the totals are those of the same moment as the parts.
import type { NamedCounters, StatsQuery, StoreStats } from '@oncelog/core';
import type { LogDatabase } from './entities.ts';

interface CounterRow {
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

export async function readStats(db: LogDatabase, { topicsMax, sourcesMax }: StatsQuery): Promise<StoreStats> {
  const total = await db.selectFrom('log').select(['stored', 'duplicates', 'conflicts']).executeTakeFirstOrThrow();
  const topics = await db
    .selectFrom('topic')
    .select(['name', 'stored', 'duplicates', 'conflicts'])
    .orderBy('stored', 'desc')
    .orderBy('name')
    .limit(topicsMax)
    .execute();
  const sources = await db
    .selectFrom('source')
    .select(['name', 'stored', 'duplicates', 'conflicts'])
    .orderBy((column) => column(column('stored', '+', column.ref('duplicates')), '+', column.ref('conflicts')), 'desc')
    .orderBy('name')
    .limit(sourcesMax)
    .execute();
  return {
    ...countersOf(total),
    topics: topics.map(namedCountersOf),
    topicCount: await highestId(db, 'topic'),
    sources: sources.map(namedCountersOf),
    sourceCount: await highestId(db, 'source'),
    lastPosition: total.stored,
  };
}

async function highestId(db: LogDatabase, table: 'topic' | 'source'): Promise<number> {
  const highest = await db.selectFrom(table).select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return highest?.id ?? 0;
}

function namedCountersOf(row: CounterRow & { readonly name: string }): NamedCounters {
  return { name: row.name, ...countersOf(row) };
}

function countersOf({ stored, duplicates, conflicts }: CounterRow) {
  return { received: stored + duplicates + conflicts, stored, duplicates, conflicts };
}
