// A statement that commits by itself, and whose success is one.
import { OncelogError } from '@oncelog/core';
import type { ClientBase, QueryConfig, QueryResultRow } from 'pg';

/** A warning. A commit that could not wait for its standby resolves, and tells by nothing else that it may be lost. */
const warningCode = '01000';

export async function runAcknowledged<Row extends QueryResultRow>(
  client: ClientBase,
  query: QueryConfig,
): Promise<Row[]> {
  let warned = false;
  const onNotice = ({ code }: { readonly code?: string | undefined }) => (warned ||= code === warningCode);
  client.on('notice', onNotice);
  try {
    const { rows } = await client.query<Row>(query);
    if (!warned) return rows;
  } finally {
    client.off('notice', onNotice);
  }
  throw new OncelogError('STORE_UNAVAILABLE', 'PostgreSQL stopped waiting for its standby; send the same ids again', {
    outcome: 'unknown',
  });
}
