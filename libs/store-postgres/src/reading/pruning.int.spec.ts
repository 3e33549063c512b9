import { everyEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { getEvent, listEvents, type LogDatabase, tailEvents } from '@oncelog/store-sql';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FirstContents } from '../append/first-contents.ts';
import { connectionSettings } from '../connection-settings.ts';
import { openDatabase } from '../open-database.ts';
import { LogConnections } from '../session/log-connections.ts';
import { freshLog, serverUrl } from '../testing/temporary-schema.ts';

const bounds = { eventsMax: 3, bytesMax: 1000, scanMax: 8 };

/** What a transaction has looked at, it has locked. */
async function partitionsLookedAt(db: LogDatabase, read: (db: LogDatabase) => Promise<unknown>): Promise<string[]> {
  return db.transaction().execute(async (transaction) => {
    await read(transaction);
    const { rows } = await sql<{ name: string }>`
      select distinct relname as name from pg_locks join pg_inherits on inhrelid = relation
      join pg_class on pg_class.oid = relation
      where pid = pg_backend_pid() and inhparent = 'event'::regclass order by 1`.execute(transaction);
    return rows.map(({ name }) => name);
  });
}

function firstsOf(kysely: LogDatabase): FirstContents {
  return new FirstContents(new LogConnections({ pool: new Pool(), kysely, onFailure: () => undefined }));
}

describe.runIf(serverUrl !== undefined)('reading a log of many partitions', () => {
  it.each<[name: string, read: (db: LogDatabase) => Promise<unknown>, partitions: string[]]>([
    ['what follows a position', (db) => tailEvents(db, { ...bounds, filter: everyEvent, after: 52 }), ['event_51']],
    [
      'what follows a position across a border',
      (db) => tailEvents(db, { ...bounds, filter: everyEvent, after: 48 }),
      ['event_41', 'event_51'],
    ],
    ['a list', (db) => listEvents(db, { ...bounds, order: 'ascending', after: 71 }), ['event_71']],
    ['the newest', (db) => listEvents(db, { ...bounds, order: 'descending' }), ['event_91']],
    ['one event', (db) => getEvent(db, 15), ['event_11']],
    ['what repeats are compared with', (db) => firstsOf(db).canonicalDigests([5, 95]), ['event_1', 'event_91']],
  ])('looks only at the partitions that hold %s', async (_, read, partitions) => {
    const log = freshLog(serverUrl!, { partitionPositions: 10 });
    const store = await log.open();
    await append(store, [Array.from({ length: 100 }, (_each, index) => sampleEvent('t', `${index}`))]);
    const { orm, kysely } = await openDatabase(connectionSettings(log.url));
    onTestFinished(() => orm.close(true));
    expect(await partitionsLookedAt(kysely, read)).toEqual(partitions);
  });
});
