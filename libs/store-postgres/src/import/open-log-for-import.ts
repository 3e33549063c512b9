// A schema that takes a log over: up to date, and nobody else's while it does.
import { OncelogError } from '@oncelog/core';
import { DatabaseError } from 'pg';
import { connectionSettings } from '../connection-settings.ts';
import { migrateSchema } from '../migrate-schema.ts';
import { failedConnection } from '../postgres-faults.ts';
import { LogClient } from '../session/log-client.ts';
import { LogImport } from './log-import.ts';

/** Of removing bodies or making figures of large tables; a page is a matter of milliseconds. */
const statementTimeoutMs = 600_000;
/** When even this has passed, nobody answers. */
const queryTimeoutMs = statementTimeoutMs + 1000;

/** "copy" in ASCII; the second half is the schema's. */
const lockClass = 0x636f7079;

const lockNotAvailable = '55P03';

/** The schema is made when it is not there. */
export async function openLogForImport(url: string): Promise<LogImport> {
  const settings = connectionSettings(url);
  const client = new LogClient({ ...settings.client, query_timeout: queryTimeoutMs });
  try {
    await migrateSchema(settings, 'os', ({ database }) => database.orm.close(true));
    await client.connect();
    await client.query(`set statement_timeout = ${statementTimeoutMs}; set synchronous_commit = on`);
    // Waits as long as for any lock: a process that was killed may not have let go of it yet.
    await client.query('select pg_advisory_lock($1, hashtext($2))', [lockClass, settings.schema]);
    return new LogImport(client, settings.place);
  } catch (error) {
    await client.end().catch(() => undefined);
    if (!(error instanceof DatabaseError) || error.code !== lockNotAvailable) throw failedConnection(error);
    throw new OncelogError('STORE_UNAVAILABLE', `another copy to ${settings.place} is under way`, { cause: error });
  }
}
