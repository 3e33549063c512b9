// The schema of a log, made or brought up to date; any number of replicas may start at once.
import { OncelogError } from '@oncelog/core';
import type { ClientBase } from 'pg';
import { checkServer } from './check-server.ts';
import { type ConnectionSettings, withSettings } from './connection-settings.ts';
import { formatVersion, unfinishedFormat } from './entities.ts';
import { openDatabase, type OpenDatabase } from './open-database.ts';
import { failedConnection } from './postgres-faults.ts';
import { LogClient } from './session/log-client.ts';

/** "once" in ASCII, so that nobody else's lock is meant; the other half of the key is the schema. */
const lockClass = 0x6f6e6365;

/** Others may migrate a large log before it is our turn. */
const patience = { statement_timeout: 0, lock_timeout: 0 };

export interface MigratedSchema {
  readonly database: OpenDatabase;
  /** For further connections. */
  readonly settings: ConnectionSettings;
  /** Holds the lock. */
  readonly holder: ClientBase;
}

/** `use` runs while no other replica can do the same. The database is closed when anything fails. */
export async function migrateSchema<Result>(
  given: ConnectionSettings,
  durability: 'disk' | 'os',
  use: (migrated: MigratedSchema) => Promise<Result>,
): Promise<Result> {
  const holder = new LogClient({ ...withSettings(given, patience).client, query_timeout: 0 });
  let database: OpenDatabase | undefined;
  try {
    await holder.connect().catch((error: unknown) => {
      throw failedConnection(error);
    });
    const settings = withSettings(given, await checkServer(holder, durability));
    await holder.query('select pg_advisory_lock($1, hashtext($2))', [lockClass, settings.schema]);
    await createSchema(holder, settings.schema);
    await refuseOtherFormat(holder, settings);
    await migrate(settings);
    database = await openDatabase(settings);
    return await use({ database, settings, holder });
  } catch (error) {
    await database?.orm.close(true);
    throw error;
  } finally {
    // The lock goes with the session.
    await holder.end().catch(() => undefined);
  }
}

/** Looked for first: who may use a schema need not be allowed to make one. */
async function createSchema(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`create schema "${schema}"`);
}

/** Before anything is migrated: what this version does not know stays as it is. */
async function refuseOtherFormat(client: ClientBase, { place }: ConnectionSettings): Promise<void> {
  const { rows: tables } = await client.query<{ readonly log: string | null }>(
    `select to_regclass('log')::text as log`,
  );
  if (!tables[0]?.log) return;
  const { rows } = await client.query<{ readonly format: number }>('select format_version as format from log');
  const format = rows[0]?.format ?? formatVersion;
  if (format === formatVersion || format === unfinishedFormat) return;
  const versions = `has format ${format}, this version reads ${formatVersion}`;
  throw new OncelogError('STORE_UNAVAILABLE', `the log in ${place} ${versions}`);
}

/** On connections of its own, which wait for as long as it takes. */
async function migrate(settings: ConnectionSettings): Promise<void> {
  const { client } = withSettings(settings, patience);
  const { orm } = await openDatabase({ ...settings, client: { ...client, query_timeout: 0 } });
  try {
    await orm.migrator.up();
  } finally {
    await orm.close(true);
  }
}
