// The statements of the writer, prepared once: the hot path goes past the ORM, on the connection that the ORM owns.
import { ManyRows } from './many-rows.ts';
import type { NativeDatabase } from './open-database.ts';
import { prepare } from './prepared.ts';

type Key = [position: number, topicId: number, eventId: Uint8Array, digest: Uint8Array, storedTimeMs: number];
type Sent = [source: string, seconds: number, nanos: number];
type Body = [position: number, ...Sent, attributes: string | null, contentType: string | null, content: Uint8Array];
type Drop = [id: number, position: number, ...Sent, conflict: number, droppedTimeMs: number];

interface KeyRow {
  readonly position: number;
  readonly stored_time_ms: number;
}

export type WriterStatements = ReturnType<typeof prepareStatements>;

export function prepareStatements(native: NativeDatabase) {
  return {
    insertKey: new ManyRows<Key>(
      native,
      'insert into event_key (position, topic_id, event_id, digest, stored_time_ms)',
      5,
    ),
    insertBody: new ManyRows<Body>(
      native,
      'insert into event (position, source, timestamp_seconds, timestamp_nanos, attributes, content_type, content)',
      7,
    ),
    insertDrop: new ManyRows<Drop>(
      native,
      'insert into event_drop (id, position, source, timestamp_seconds, timestamp_nanos, conflict, dropped_time_ms)',
      7,
    ),
    forgetDrops: prepare<[lastId: number]>(native, 'delete from event_drop where id <= ?'),
    addTotals: prepare<[stored: number, duplicates: number, conflicts: number]>(
      native,
      'update log set stored = stored + ?, duplicates = duplicates + ?, conflicts = conflicts + ? where id = 1',
    ),

    selectNewest: prepare<[], KeyRow>(
      native,
      'select position, stored_time_ms from event_key order by position desc limit 1',
    ),
    selectNewestDrop: prepare<[], { readonly id: number }>(
      native,
      'select id from event_drop order by id desc limit 1',
    ),
  };
}
