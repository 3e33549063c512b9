// Whether a server keeps what it has acknowledged, and what a log needs of it beside that.
import { OncelogError } from '@oncelog/core';
import type { ClientBase } from 'pg';

/** The oldest that is tested with; declarative partitions of this kind came with 11. */
const versionMin = 130_000;

/** Of the server, as it spells them. */
interface ServerRow {
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
}

/** Returns the settings that the sessions of the log need where the server's own are others. */
export async function checkServer(client: ClientBase, durability: 'disk' | 'os'): Promise<Record<string, string>> {
  const { rows } = await client.query<ServerRow>(
    `select current_setting('server_version_num')::integer as version, current_setting('server_encoding') as encoding,
      current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit`,
  );
  const server = rows[0]!;
  if (server.version < versionMin)
    throw refused(`is version ${server.version}; ${versionMin} is the oldest that works`);
  if (server.encoding !== 'UTF8') throw refused(`keeps text as ${server.encoding}; the database must be made as UTF8`);
  for (const name of ['fsync', 'full_page_writes'] as const) {
    if (durability === 'disk' && server[name] !== 'on') {
      throw refused(
        `runs with ${name} ${server[name]}: a power loss could take acknowledged events. Turn it on, or open the ` +
          'store with durability os, which promises no more than the server keeps',
      );
    }
  }
  // Acknowledged before anything is written: even the death of the server would take it.
  return server.synchronous_commit === 'off' ? { synchronous_commit: 'on' } : {};
}

function refused(why: string): OncelogError {
  return new OncelogError('RULE_BROKEN', `the PostgreSQL server ${why}`);
}
