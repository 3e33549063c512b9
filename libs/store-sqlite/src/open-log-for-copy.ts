// A log as it lies in its directory, for those who copy it: nobody else has it, and nothing of it is written.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { OncelogError } from '@oncelog/core';
import type { RawRow, ReadRows } from '@oncelog/store-sql';
import { lockDirectory } from './directory-lock.ts';
import { databaseFile, latestMigration, openDatabase, type OpenDatabase } from './open-database.ts';
import { refuseOtherFormat } from './refuse-other-format.ts';
import { failedStart } from './sqlite-faults.ts';

export interface LogForCopy {
  readonly read: ReadRows;
  close(): Promise<void>;
}

/** What a process that was killed has left in the write-ahead log is read with the rest, and stays where it is. */
export async function openLogForCopy(directory: string): Promise<LogForCopy> {
  const size = statSync(join(directory, databaseFile), { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) {
    throw new OncelogError('NOT_FOUND', `there is no log in ${directory}: no ${databaseFile} with anything in it`);
  }
  const releases: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  try {
    releases.push(await lockDirectory(directory));
    const database = await openDatabase(directory, 'disk', { readonly: true });
    releases.push(() => database.orm.close(true));
    refuseOtherFormat(database, directory);
    refuseOtherTables(database, directory);
    const { native } = database;
    return { read: async (select) => native.prepare<[], RawRow>(select).all(), close };
  } catch (error) {
    await close();
    throw failedStart(directory, error);
  }
}

/** Of the same format, but last opened by a version with fewer tables. */
function refuseOtherTables({ native }: OpenDatabase, directory: string): void {
  const found = native
    .prepare<[], string>('select name from mikro_orm_migrations order by name desc limit 1')
    .pluck()
    .get();
  if (found === latestMigration) return;
  const advice = 'start an aggregator of this version on it once and stop it again, then copy';
  throw new OncelogError('STORE_UNAVAILABLE', `the log in ${directory} was last opened by another version: ${advice}`);
}
