// One connection to the log's database, with every setting that matters made explicit.
import { join } from 'node:path';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type SqliteConnection } from '@mikro-orm/sqlite';
import { type Durability, OncelogError } from '@oncelog/core';
import type { LogDatabase, LogTables } from '@oncelog/store-sql';
import { entities } from './entities.ts';
import { AddConsumers } from './migrations/add-consumers.ts';
import { CreateLog } from './migrations/create-log.ts';

export const databaseFile = 'oncelog.db';

/** Another program that looks at the file, such as sqlite3, may hold its lock this long. */
const busyTimeoutMs = 5000;
/** A connection. Keys go into the index in its order, so that 64 MiB are no faster. */
const cacheKib = 16 * 1024;
/**
 * Twice SQLite's own: fewer frames in the write-ahead log and fewer splits, 1.1 times the rate of random ids. Four
 * times gains little more and makes small commits dearer. A database keeps the size it was made with.
 */
export const pageBytes = 8192;
/** After a burst the write-ahead log shrinks back to this. */
const walBytesKept = 64 * 1024 * 1024;

/** In the order of their numbers. */
const migrationsList = [
  { name: '0001-create-log', class: CreateLog },
  { name: '0002-add-consumers', class: AddConsumers },
];

/** The tables are all there, as this version knows them, when this one has been run. */
export const latestMigration = migrationsList.at(-1)!.name;

export type SqliteDurability = Exclude<Durability, 'memory'>;
export type NativeDatabase = Awaited<ReturnType<SqliteConnection['getNativeClient']>>;

export interface OpenDatabase {
  readonly orm: MikroORM;
  readonly native: NativeDatabase;
  /** Queries outside any entity manager's transaction. */
  readonly kysely: LogDatabase;
}

export async function openDatabase(
  directory: string,
  durability: SqliteDurability,
  driverOptions: { readonly readonly?: true } = {},
): Promise<OpenDatabase> {
  const orm = await MikroORM.init({
    dbName: join(directory, databaseFile),
    driverOptions,
    entities,
    extensions: [Migrator],
    migrations: { migrationsList, snapshot: false, silent: true },
  });
  const native = await orm.em.getConnection().getNativeClient();
  applySettings(native, durability);
  return { orm, native, kysely: orm.em.getKysely<LogTables>() };
}

/**
 * synchronous is set even where it already reads FULL: the library is compiled to run a write-ahead log at NORMAL until
 * the pragma is given, and NORMAL loses acknowledged events with the power. A test counts the fsyncs.
 */
function applySettings(native: NativeDatabase, durability: SqliteDurability): void {
  native.pragma(`page_size = ${pageBytes}`);
  const settings = [
    ['busy_timeout', busyTimeoutMs, busyTimeoutMs],
    ['journal_mode', 'wal', 'wal'],
    ['synchronous', durability === 'disk' ? 'full' : 'normal', durability === 'disk' ? 2 : 1],
    ['cache_size', -cacheKib, -cacheKib],
    // The writer checkpoints by itself: an automatic checkpoint hides that it failed.
    ['wal_autocheckpoint', 0, 0],
    ['journal_size_limit', walBytesKept, walBytesKept],
    ['foreign_keys', 'on', 1],
    ['trusted_schema', 'off', 0],
  ] as const;
  for (const [name, value, expected] of settings) {
    native.pragma(`${name} = ${value}`);
    const actual = native.pragma(name, { simple: true });
    if (actual !== expected) {
      throw new OncelogError('STORE_UNAVAILABLE', `the setting ${name} is ${String(actual)} instead of ${expected}`);
    }
  }
}
