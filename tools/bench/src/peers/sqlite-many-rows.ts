// The limit, many rows a statement: the same work, with the database's own numbering of the rows it takes.
import { countsOf, noCounts, type OpenLog, type RowEvent, type RowOutcome } from './sqlite-log.ts';
import { createSqlitePeer } from './sqlite-peer.ts';
import { prepareBodies, prepareRows, type Value } from './sqlite-rows.ts';

export const sqliteManyRows = createSqlitePeer({
  name: 'sqlite-many-rows',
  durability: 'the same tables and work without a wire, the key in a unique index; 5,000 a commit, 100 a statement',
  createWriter,
});

function createWriter(log: OpenLog) {
  const { database, contentType } = log;
  // Without a position the next free one is taken, and a row that is ignored takes none: they stay dense.
  const insertKeys = prepareRows(
    database,
    '(?, ?, ?, ?)',
    (rows) =>
      `insert into event_key (topic_id, event_id, digest, stored_time_ms) values ${rows}
       on conflict (topic_id, event_id) do nothing returning position, topic_id, event_id`,
    'rows',
  );
  const insertBodies = prepareBodies(database);
  const selectKeys = prepareRows(
    database,
    '(?, ?, ?, ?)',
    (rows) =>
      `with wanted (place, topic_id, event_id, digest) as (values ${rows})
       select place, position, stored_time_ms, wanted.digest = event_key.digest
       from wanted cross join event_key using (topic_id, event_id)`,
    'rows',
  );
  const insertDrops = prepareRows(
    database,
    '(?, ?, ?, ?, ?, ?, ?)',
    (rows) =>
      `insert into event_drop (id, position, source, timestamp_seconds, timestamp_nanos, conflict, dropped_time_ms)
       values ${rows}`,
  );
  let { dropId } = log;

  return (events: readonly RowEvent[]) => {
    const timeMs = Date.now();
    const seconds = Math.floor(timeMs / 1000);
    const nanos = (timeMs - seconds * 1000) * 1_000_000;
    const outcomes: RowOutcome[] = Array.from({ length: events.length });
    const bodies: Value[] = [];
    const repeats: Value[] = [];
    const drops: Value[] = [];
    const topicIds = events.map(({ topic }) => log.topicId(topic));
    const keys = events.flatMap(({ eventId, digest }, index): Value[] => [topicIds[index]!, eventId, digest, timeMs]);

    log.begin();
    const taken = insertKeys.all(keys);
    let next = 0;
    for (const [index, { eventId, source, digest, content }] of events.entries()) {
      const row = taken[next];
      // Keys are unique, so that a repeat is never the next row taken.
      if (row !== undefined && eventId.equals(row[2] as Buffer) && row[1] === topicIds[index]) {
        const position = row[0] as number;
        outcomes[index] = { status: 'stored', position, storedTimeMs: timeMs };
        bodies.push(position, source, seconds, nanos, null, contentType, content);
        next += 1;
      } else repeats.push(index, topicIds[index]!, eventId, digest);
    }
    if (next !== taken.length) throw new Error('rows came back in another order than they went in');
    insertBodies.run(bodies);
    for (const [place, position, firstTimeMs, same] of selectKeys.all(repeats) as number[][]) {
      const status = same === 1 ? 'duplicate' : 'conflict';
      outcomes[place!] = { status, position: position!, storedTimeMs: firstTimeMs! };
      dropId += 1;
      drops.push(dropId, position!, events[place!]!.source, seconds, nanos, 1 - same!, timeMs);
    }
    insertDrops.run(drops);
    const counts = noCounts();
    for (const [index, { status }] of outcomes.entries()) {
      const counter = status === 'stored' ? 'stored' : 'duplicates';
      countsOf(counts.topics, topicIds[index]!)[counter] += 1;
      countsOf(counts.sources, log.sourceId(events[index]!.source))[counter] += 1;
    }
    log.commit(counts, dropId);
    return { stored: taken.length, duplicates: events.length - taken.length };
  };
}
