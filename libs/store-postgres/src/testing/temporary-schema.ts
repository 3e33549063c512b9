// Stores in schemas of their own, for the tests of this package.
import { randomUUID } from 'node:crypto';
import type { EventStore } from '@oncelog/core';
import type { CreateStorePlace } from '@oncelog/core/testing';
import type { PostgresUrl } from '@oncelog/testing/postgres-setup';
import { Client, type QueryResultRow } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { createPostgresEventStore, type PostgresEventStoreOptions } from '../postgres-event-store.ts';

/** Undefined where the machine has no PostgreSQL. */
export const serverUrl: PostgresUrl = inject('postgresUrl');

type More = Partial<Omit<PostgresEventStoreOptions, 'url'>>;

export function urlOfSchema(ofServer: string, schema = `test_${randomUUID()}`): string {
  const url = new URL(ofServer);
  url.searchParams.set('schema', schema);
  return url.href;
}

export function createPostgresPlaces(more: More = {}): CreateStorePlace {
  return async () => {
    const schema = `test_${randomUUID()}`;
    const url = urlOfSchema(serverUrl!, schema);
    return {
      open: (options) => createPostgresEventStore({ durability: 'os', ...options, ...more, url }),
      remove: async () => void (await runSql(serverUrl!, `drop schema if exists "${schema}" cascade`)),
    };
  };
}

/** A log of a test's own, which several replicas may open. The server goes with the tests, and the log with it. */
export function freshLog(ofServer: string, more: More = {}) {
  const url = urlOfSchema(ofServer);
  const open = async (other: More = {}): Promise<EventStore> => {
    const store = await createPostgresEventStore({ durability: 'os', ...more, ...other, url });
    onTestFinished(() => store.close());
    return store;
  };
  /** As anybody may, beside the stores. */
  const query = <Row extends QueryResultRow>(sql: string, values?: unknown[]) => runSql<Row>(url, sql, values);
  return { url, open, query };
}

export async function runSql<Row extends QueryResultRow>(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get('schema');
  parsed.search = '';
  const client = new Client({ connectionString: parsed.href });
  await client.connect();
  try {
    if (schema !== null) await client.query(`set search_path = "${schema}"`);
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
