// The limit, one row a statement: what a loop in one process can store, doing all that the aggregator's writer does.
import { countsOf, noCounts, type OpenLog, type RowEvent, type RowOutcome } from './sqlite-log.ts';
import { createSqlitePeer } from './sqlite-peer.ts';

export const sqliteOneRow = createSqlitePeer({
  name: 'sqlite-one-row',
  durability: 'the same tables and work without a wire, the key in a unique index; 5,000 a commit, one row a statement',
  createWriter,
});

interface KeyRow {
  readonly position: number;
  readonly stored_time_ms: number;
  readonly same: 0 | 1;
}

function createWriter(log: OpenLog) {
  const { database, contentType } = log;
  const insertKey = database.prepare<[number, number, Buffer, Buffer, number]>(
    `insert into event_key (position, topic_id, event_id, digest, stored_time_ms) values (?, ?, ?, ?, ?)
     on conflict (topic_id, event_id) do nothing`,
  );
  const insertBody = database.prepare<[number, string, number, number, null, string, Buffer]>(
    `insert into event (position, source, timestamp_seconds, timestamp_nanos, attributes, content_type, content)
     values (?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectKey = database.prepare<[Buffer, number, Buffer], KeyRow>(
    'select position, stored_time_ms, digest = ? as same from event_key where topic_id = ? and event_id = ?',
  );
  const insertDrop = database.prepare<[number, number, string, number, number, number, number]>(
    `insert into event_drop (id, position, source, timestamp_seconds, timestamp_nanos, conflict, dropped_time_ms)
     values (?, ?, ?, ?, ?, ?, ?)`,
  );
  let { position, dropId } = log;

  const put = (event: RowEvent, topicId: number, timeMs: number): RowOutcome => {
    const { eventId, digest, source, content } = event;
    const seconds = Math.floor(timeMs / 1000);
    const nanos = (timeMs - seconds * 1000) * 1_000_000;
    if (insertKey.run(position + 1, topicId, eventId, digest, timeMs).changes === 1) {
      position += 1;
      insertBody.run(position, source, seconds, nanos, null, contentType, content);
      return { status: 'stored', position, storedTimeMs: timeMs };
    }
    const first = selectKey.get(digest, topicId, eventId)!;
    const status = first.same === 1 ? 'duplicate' : 'conflict';
    dropId += 1;
    insertDrop.run(dropId, first.position, source, seconds, nanos, 1 - first.same, timeMs);
    return { status, position: first.position, storedTimeMs: first.stored_time_ms };
  };

  return (events: readonly RowEvent[]) => {
    const timeMs = Date.now();
    const counts = noCounts();
    const outcomes: RowOutcome[] = [];
    log.begin();
    for (const event of events) {
      const topicId = log.topicId(event.topic);
      const outcome = put(event, topicId, timeMs);
      const counter = outcome.status === 'stored' ? 'stored' : 'duplicates';
      countsOf(counts.topics, topicId)[counter] += 1;
      countsOf(counts.sources, log.sourceId(event.source))[counter] += 1;
      outcomes.push(outcome);
    }
    log.commit(counts, dropId);
    const stored = outcomes.filter(({ status }) => status === 'stored').length;
    return { stored, duplicates: outcomes.length - stored };
  };
}
