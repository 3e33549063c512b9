// The log's database file, opened as the aggregator's writer opens it, by somebody who does nothing else. The key is
// unique by the index that everybody would declare, kept up with every row; what the aggregator does instead is gone.
import { join } from 'node:path';
import { hash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { LoadEvent } from '../load/load.ts';
import { jsonType } from './event-encoding.ts';

/** Four times the aggregator's, whose index does not need it as this one does. */
const cacheKib = 64 * 1024;
/** These are the aggregator's own: the limit is measured under the same settings. */
const databaseFile = 'oncelog.db';
const walBytesKept = 64 * 1024 * 1024;
const pageBytes = 8192;
const checkpointPages = (64 * 1024 * 1024) / pageBytes;
const digestBytes = 16;
const dropsKeptMax = 100_000;

/** The most that the aggregator puts into one transaction. */
export const eventsPerCommit = 5000;

/** An event as its row holds it, id and digest made beforehand: the aggregator makes them on another thread. */
export interface RowEvent {
  readonly topic: string;
  readonly eventId: Buffer;
  readonly source: string;
  readonly digest: Buffer;
  readonly content: Buffer;
  /** Whether no other of its load came before; only the ceiling looks at it. */
  readonly first: boolean;
}

export interface RowOutcome {
  readonly status: 'stored' | 'duplicate' | 'conflict';
  readonly position: number;
  readonly storedTimeMs: number;
}

export interface Counts {
  stored: number;
  duplicates: number;
}

export function toRowEvents(events: readonly LoadEvent[]): RowEvent[] {
  const seen = new Set<LoadEvent>();
  return events.map((event) => {
    const first = !seen.has(event);
    seen.add(event);
    return {
      ...event,
      eventId: uuidColumn(event.eventId),
      first,
      digest: hash('sha256', event.content, 'buffer').subarray(0, digestBytes),
    };
  });
}

/** All ids of the bench are UUIDs, which the log keeps as a NUL and their 16 bytes. */
function uuidColumn(eventId: string): Buffer {
  return Buffer.from(`00${eventId.replaceAll('-', '')}`, 'hex');
}

export interface OpenLog {
  readonly database: Database.Database;
  readonly contentType: string;
  /** The newest ones there were. */
  readonly position: number;
  readonly dropId: number;
  readonly topicId: (name: string) => number;
  readonly sourceId: (name: string) => number;
  readonly begin: () => void;
  /** What every transaction ends with: the counters of topics, of sources and of all. */
  readonly commit: (counts: CountsByName, dropId: number) => void;
  readonly commitBare: () => void;
  readonly checkpointWhenDue: () => void;
}

export function openLog(directory: string): OpenLog {
  const database = new Database(join(directory, databaseFile));
  database.pragma('journal_mode = wal');
  // Given although it reads FULL already: until then the library runs a write-ahead log at NORMAL.
  database.pragma('synchronous = full');
  database.pragma(`cache_size = ${-cacheKib}`);
  database.pragma('wal_autocheckpoint = 0');
  database.pragma(`journal_size_limit = ${walBytesKept}`);
  database.pragma('foreign_keys = on');
  database.pragma('trusted_schema = off');

  // Off the clock: a filled store comes with the aggregator's own index.
  database.exec(`
    delete from key_index;
    delete from key_filter;
    create unique index if not exists event_key_topic_id_event_id_unique on event_key (topic_id, event_id)`);
  database.pragma('wal_checkpoint(truncate)');

  const names = { topic: idsOf(database, 'topic'), source: idsOf(database, 'source') };
  const measureLog = database.prepare<[], { log: number; checkpointed: number }>('pragma wal_checkpoint(noop)');
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const addTotals = database.prepare<[number, number]>(
    'update log set stored = stored + ?, duplicates = duplicates + ? where id = 1',
  );
  const forgetDrops = database.prepare<[number]>('delete from event_drop where id <= ?');
  const newest = database.prepare<[], number>('select max(position) from event_key').pluck().get() ?? 0;
  const newestDrop = database.prepare<[], number>('select max(id) from event_drop').pluck().get() ?? 0;

  return {
    database,
    contentType: jsonType,
    position: newest,
    dropId: newestDrop,
    topicId: (name: string) => names.topic.get(name),
    sourceId: (name: string) => names.source.get(name),
    begin: () => void begin.run(),
    commit(counts: CountsByName, dropId: number) {
      const total = { stored: 0, duplicates: 0 };
      for (const [id, { stored, duplicates }] of counts.topics) {
        names.topic.add(id, stored, duplicates);
        total.stored += stored;
        total.duplicates += duplicates;
      }
      for (const [id, { stored, duplicates }] of counts.sources) names.source.add(id, stored, duplicates);
      addTotals.run(total.stored, total.duplicates);
      if (total.duplicates > 0) forgetDrops.run(dropId - dropsKeptMax);
      commit.run();
    },
    commitBare: () => void commit.run(),
    checkpointWhenDue() {
      const { log, checkpointed } = measureLog.get()!;
      if (log - checkpointed >= checkpointPages) database.pragma('wal_checkpoint(passive)');
    },
  };
}

export interface CountsByName {
  readonly topics: Map<number, Counts>;
  readonly sources: Map<number, Counts>;
}

export function noCounts(): CountsByName {
  return { topics: new Map(), sources: new Map() };
}

export function countsOf(counts: Map<number, Counts>, id: number): Counts {
  let found = counts.get(id);
  if (found === undefined) counts.set(id, (found = { stored: 0, duplicates: 0 }));
  return found;
}

function idsOf(database: Database.Database, table: 'topic' | 'source') {
  const ids = new Map<string, number>();
  const select = database.prepare<[string], number>(`select id from ${table} where name = ?`).pluck();
  const insert = database.prepare<[string]>(
    `insert into ${table} (id, name, stored, duplicates, conflicts)
     values ((select coalesce(max(id), 0) + 1 from ${table}), ?, 0, 0, 0)`,
  );
  const add = database.prepare<[number, number, number]>(
    `update ${table} set stored = stored + ?, duplicates = duplicates + ? where id = ?`,
  );
  return {
    get(name: string): number {
      const known = ids.get(name);
      if (known !== undefined) return known;
      const id = select.get(name) ?? Number(insert.run(name).lastInsertRowid);
      ids.set(name, id);
      return id;
    },
    add: (id: number, stored: number, duplicates: number) => void add.run(stored, duplicates, id),
  };
}
