// What this version does not know stays as it is.
import { OncelogError } from '@oncelog/core';
import { formatVersion } from './entities.ts';
import type { OpenDatabase } from './open-database.ts';

/** Before anything is migrated or read. */
export function refuseOtherFormat({ native }: OpenDatabase, directory: string): void {
  const hasLog = native.prepare(`select 1 from sqlite_master where type = 'table' and name = 'log'`).get();
  if (hasLog === undefined) return;
  const found = native.prepare<[], number>('select format_version from log where id = 1').pluck().get();
  if (found === undefined || found === formatVersion) return;
  const versions = `has format ${found}, this version reads ${formatVersion}`;
  const advice =
    found < formatVersion
      ? 'serve it with the version that wrote it, and publish its events to a new log'
      : 'use the version that wrote it, or a newer one';
  throw new OncelogError('STORE_UNAVAILABLE', `the log in ${directory} ${versions}: ${advice}`);
}
