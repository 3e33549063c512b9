// The statements of the writer, prepared once: the hot path goes past the ORM, on the connection that the ORM owns.
import type { NativeDatabase } from './open-database.ts';

export interface Prepared<Parameters extends unknown[] = [], Row = never> {
  run(...parameters: Parameters): { readonly changes: number };
  get(...parameters: Parameters): Row | undefined;
}

type Drop = [id: number, position: number, source: string, seconds: number, nanos: number];
type Body = [position: number, source: string, seconds: number, nanos: number, attributes: string | null];

interface KeyRow {
  readonly position: number;
  readonly stored_time_ms: number;
}

interface ContentRow {
  readonly content_type: string | null;
  readonly content: Buffer;
}

export type WriterStatements = ReturnType<typeof prepareStatements>;

export function prepareStatements(native: NativeDatabase) {
  const prepare = <Parameters extends unknown[] = [], Row = never>(sql: string): Prepared<Parameters, Row> =>
    native.prepare<Parameters, Row>(sql);
  return {
    begin: prepare('begin immediate'),
    commit: prepare('commit'),
    rollback: prepare('rollback'),

    /** Changes nothing when the key is taken, which is how a repeat is noticed in one step. */
    insertKey: prepare<[position: number, topicId: number, eventId: string, digest: Uint8Array, storedTimeMs: number]>(
      `insert into event_key (position, topic_id, event_id, digest, stored_time_ms) values (?, ?, ?, ?, ?)
       on conflict (topic_id, event_id) do nothing`,
    ),
    insertBody: prepare<[...Body, contentType: string | null, content: Uint8Array]>(
      `insert into event (position, source, timestamp_seconds, timestamp_nanos, attributes, content_type, content)
       values (?, ?, ?, ?, ?, ?, ?)`,
    ),
    selectKey: prepare<[digest: Uint8Array, topicId: number, eventId: string], KeyRow & { readonly same: 0 | 1 }>(
      'select position, stored_time_ms, digest = ? as same from event_key where topic_id = ? and event_id = ?',
    ),
    selectContent: prepare<[position: number], ContentRow>(
      'select content_type, content from event where position = ?',
    ),

    insertDrop: prepare<[...Drop, conflict: number, droppedTimeMs: number]>(
      `insert into event_drop (id, position, source, timestamp_seconds, timestamp_nanos, conflict, dropped_time_ms)
       values (?, ?, ?, ?, ?, ?, ?)`,
    ),
    forgetDrops: prepare<[lastId: number]>('delete from event_drop where id <= ?'),
    addTotals: prepare<[stored: number, duplicates: number, conflicts: number]>(
      'update log set stored = stored + ?, duplicates = duplicates + ?, conflicts = conflicts + ? where id = 1',
    ),

    selectNewest: prepare<[], KeyRow>('select position, stored_time_ms from event_key order by position desc limit 1'),
    selectNewestDrop: prepare<[], { readonly id: number }>('select id from event_drop order by id desc limit 1'),
    /** Pages in the write-ahead log, and how many of them are in the database too; moves nothing. */
    measureLog: prepare<[], { readonly log: number; readonly checkpointed: number }>('pragma wal_checkpoint(noop)'),
  };
}
