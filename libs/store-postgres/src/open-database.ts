// The database of a log: its schema up to date, and the connections that read it.
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { LogDatabase, LogTables } from '@oncelog/store-sql';
import type { Pool } from 'pg';
import type { ConnectionSettings } from './connection-settings.ts';
import { entities } from './entities.ts';
import { CreateLog } from './migrations/create-log.ts';
import { LogClient } from './session/log-client.ts';

/** One is for what is written, and one listens. */
const readersMax = 8;

/**
 * A session that does not know the newest partition (extend-events-function.ts) is gone before bodies lie in it: that
 * is half a partition later, a minute at the highest rate that was measured.
 */
const sessionLifeSeconds = 30;

/** In the order of their numbers. */
const migrationsList = [{ name: '0001-create-log', class: CreateLog }];

export interface OpenDatabase {
  readonly orm: MikroORM;
  readonly pool: Pool;
  /** Queries outside any entity manager's transaction. */
  readonly kysely: LogDatabase;
}

export async function openDatabase({ client, schema, database }: ConnectionSettings): Promise<OpenDatabase> {
  const orm = await MikroORM.init({
    clientUrl: client.connectionString!,
    dbName: database,
    schema,
    entities,
    extensions: [Migrator],
    migrations: { migrationsList, snapshot: false, silent: true, disableForeignKeys: false },
    driverOptions: { ...client, Client: LogClient, max: readersMax, maxLifetimeSeconds: sessionLifeSeconds },
    // Its own lines would name what belongs in nobody's log.
    logger: () => undefined,
  });
  const pool = (await orm.em.getConnection().getNativeClient()) as Pool;
  return { orm, pool, kysely: orm.em.getKysely<LogTables>() as LogDatabase };
}
