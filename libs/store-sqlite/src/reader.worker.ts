// The thread that reads, on a connection of its own: it neither waits for the writer nor makes it wait.
import { parentPort, workerData } from 'node:worker_threads';
import { OncelogError } from '@oncelog/core';
import { getEvent, listEvents, readStats } from '@oncelog/store-sql';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { buffersOf } from './columns.ts';
import { packStoredEvents } from './packed-stored-events.ts';
import { KeyFinder } from './keys/key-finder.ts';
import { serveCalls } from './serve-calls.ts';
import { failedRead } from './sqlite-faults.ts';
import type { ReaderCalls, ThreadOptions } from './thread-calls.ts';

const { directory, durability } = workerData as ThreadOptions;
let database: OpenDatabase | undefined;
let keys: KeyFinder | undefined;

serveCalls<ReaderCalls>(
  parentPort!,
  {
    open: async () => {
      database = await openDatabase(directory, durability);
      database.native.pragma('query_only = on');
      keys = new KeyFinder(database.native);
      return { result: undefined };
    },
    get: async ({ topic, eventId }) => {
      const { kysely } = opened();
      const position = keys!.positionOf(topic, eventId);
      const event = position === undefined ? undefined : await getEvent(kysely, position);
      const result = packStoredEvents(event ? [event] : []);
      return { result, transfer: buffersOf(result.columns) };
    },
    list: async (query) => {
      const slice = await listEvents(opened().kysely, query);
      const events = packStoredEvents(slice.events);
      return { result: { ...slice, events }, transfer: buffersOf(events.columns) };
    },
    stats: async (query) => {
      const result = await opened()
        .kysely.transaction()
        .execute((transaction) => readStats(transaction, query));
      return { result };
    },
    close: async () => {
      await database?.orm.close(true);
      database = undefined;
      return { result: undefined };
    },
  },
  { errorOf: failedRead },
);

function opened(): OpenDatabase {
  if (database === undefined) throw new OncelogError('STORE_UNAVAILABLE', 'the store is not open');
  return database;
}
