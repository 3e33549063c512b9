// From an empty or older database to a log that can be used.
import { randomUUID } from 'node:crypto';
import { OncelogError } from '@oncelog/core';
import { verifyNewest } from '@oncelog/store-sql';
import type { ClientBase } from 'pg';
import { type ConnectionSettings, connectionSettings } from './connection-settings.ts';
import { formatVersion, unfinishedFormat } from './entities.ts';
import { migrateSchema } from './migrate-schema.ts';
import type { OpenDatabase } from './open-database.ts';
import { failedStart } from './postgres-faults.ts';

/** The events that a fault may have harmed are the last ones; reading 1,000 takes a few milliseconds. */
const eventsVerifiedMax = 1000;

export interface PreparedLog {
  readonly database: OpenDatabase;
  /** For further connections. */
  readonly settings: ConnectionSettings;
  readonly logId: string;
  readonly head: number;
}

export async function prepareLog(url: string, durability: 'disk' | 'os', nowMs: number): Promise<PreparedLog> {
  const given = connectionSettings(url);
  try {
    return await migrateSchema(given, durability, async ({ database, settings, holder }) => {
      const identity = await identify(holder, nowMs);
      refuseUnfinished(identity.format, settings.place);
      // In one snapshot: other replicas store events while this one starts.
      const snapshot = database.kysely.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
      await snapshot.execute((db) => verifyNewest(db, eventsVerifiedMax));
      return { database, settings, ...identity };
    });
  } catch (error) {
    throw failedStart(given.place, error);
  }
}

/** Writes in any case, so that a server that only reads is noticed before anybody publishes. */
async function identify(client: ClientBase, nowMs: number) {
  const { rows } = await client.query<{ readonly logId: string; readonly format: number; readonly head: number }>(
    `insert into log (id, log_id, format_version, created_time_ms, stored, duplicates, conflicts)
     values (1, $1, $2, $3, 0, 0, 0) on conflict (id) do update set id = excluded.id
     returning log_id as "logId", format_version as format, stored as head`,
    [randomUUID(), formatVersion, nowMs],
  );
  return rows[0]!;
}

function refuseUnfinished(format: number, place: string): void {
  if (format !== unfinishedFormat) return;
  const advice = 'run the same "oncelog copy" again, or drop the schema';
  throw new OncelogError('STORE_UNAVAILABLE', `the log in ${place} is a copy that is not finished: ${advice}`);
}
