// The thread that reads, on a connection of its own: it neither waits for the writer nor makes it wait.
import { parentPort, workerData } from 'node:worker_threads';
import { OncelogError } from '@oncelog/core';
import {
  buffersOf,
  getEvent,
  listEvents,
  type LogDatabase,
  readDeadLetters,
  readGroup,
  readGroups,
  readStats,
  tailEvents,
} from '@oncelog/store-sql';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { EventChecker } from './event-checker.ts';
import { packEntries } from './packed-entries.ts';
import { packStoredEvents } from './packed-stored-events.ts';
import { KeyFinder } from './keys/key-finder.ts';
import { type Served, serveCalls } from './serve-calls.ts';
import { failedRead } from './sqlite-faults.ts';
import type { ReaderCalls, ThreadOptions } from './thread-calls.ts';

const { directory, durability } = workerData as ThreadOptions;
let database: OpenDatabase | undefined;
let keys: KeyFinder | undefined;
let checker: EventChecker | undefined;

serveCalls<ReaderCalls>(
  parentPort!,
  {
    open: async () => {
      database = await openDatabase(directory, durability);
      database.native.pragma('query_only = on');
      keys = new KeyFinder(database.native);
      checker = new EventChecker(database.native, keys);
      return { result: undefined };
    },
    get: async ({ topic, eventId }) => {
      const { kysely } = opened();
      const position = keys!.positionOf(topic, eventId);
      const event = position === undefined ? undefined : await getEvent(kysely, position);
      const result = packStoredEvents(event ? [event] : []);
      return { result, transfer: buffersOf(result.columns) };
    },
    positionOf: async ({ topic, eventId }) => {
      opened();
      return { result: keys!.positionOf(topic, eventId) };
    },
    check: async (request) => {
      opened();
      return { result: checker!.check(request) };
    },
    list: async (query) => {
      const slice = await listEvents(opened().kysely, query);
      const events = packStoredEvents(slice.events);
      return { result: { ...slice, events }, transfer: buffersOf(events.columns) };
    },
    tail: async (query) => {
      const slice = await tailEvents(opened().kysely, query);
      const entries = packEntries(slice.entries);
      return { result: { ...slice, entries }, transfer: buffersOf(entries.events.columns) };
    },
    stats: (query) => atOneMoment((db) => readStats(db, query)),
    groups: () => atOneMoment(readGroups),
    group: (name) => atOneMoment((db) => readGroup(db, name)),
    deadLetters: async ({ group, ...query }) => ({ result: await readDeadLetters(opened().kysely, group, query) }),
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

/** In a transaction: what is read in several parts fits together. */
async function atOneMoment<Result>(read: (db: LogDatabase) => Promise<Result>): Promise<Served<Result>> {
  return { result: await opened().kysely.transaction().execute(read) };
}
