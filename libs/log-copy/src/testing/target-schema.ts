// Where copies go: a schema of its own for each, and statements run on it past every store.
import { randomUUID } from 'node:crypto';
import type { RawRow } from '@oncelog/store-sql';
import { openLogForImport } from '@oncelog/store-postgres';
import type { PostgresUrl } from '@oncelog/testing/postgres-setup';
import { inject, onTestFinished } from 'vitest';

const serverUrl: PostgresUrl = inject('postgresUrl');
export const withoutPostgres = serverUrl === undefined;

/** An empty schema, dropped when the test is over. */
export function createTarget(server = serverUrl!): string {
  const schema = `copy_${randomUUID()}`;
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  onTestFinished(async () => void (await runSql(url.href, `drop schema if exists "${schema}" cascade`)));
  return url.href;
}

/** The import is the one way past the store that takes SQL; it makes the schema when it is not there. */
export async function runSql(url: string, statement: string): Promise<readonly RawRow[]> {
  const target = await openLogForImport(url);
  try {
    return await target.read(statement);
  } finally {
    await target.close();
  }
}
