// Above the limit: keys and bodies alone. Nobody finds out what became of an event, nothing is counted.
import type { OpenLog, RowEvent } from './sqlite-log.ts';
import { createSqlitePeer } from './sqlite-peer.ts';
import { prepareBodies, prepareRows, type Value } from './sqlite-rows.ts';

export const sqliteCeiling = createSqlitePeer({
  name: 'sqlite-ceiling',
  durability: 'the same file and settings; keys and bodies only: told which events repeat, no outcomes, no counters',
  createWriter,
});

function createWriter(log: OpenLog) {
  const { database, contentType } = log;
  const insertKeys = prepareRows(
    database,
    '(?, ?, ?, ?, ?)',
    (rows) =>
      `insert into event_key (position, topic_id, event_id, digest, stored_time_ms) values ${rows}
       on conflict (topic_id, event_id) do nothing`,
  );
  const insertBodies = prepareBodies(database);
  let { position } = log;

  return (events: readonly RowEvent[]) => {
    const timeMs = Date.now();
    const seconds = Math.floor(timeMs / 1000);
    const keys: Value[] = [];
    const bodies: Value[] = [];
    for (const { topic, eventId, digest, source, content, first } of events) {
      // A repeat brings a position that nobody gets: the next event brings it again.
      keys.push(position + 1, log.topicId(topic), eventId, digest, timeMs);
      if (!first) continue;
      position += 1;
      bodies.push(position, source, seconds, 0, null, contentType, content);
    }
    log.begin();
    const stored = insertKeys.run(keys);
    insertBodies.run(bodies);
    log.commitBare();
    return { stored, duplicates: events.length - stored };
  };
}
