import { everyEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { hasService, type PostgresServer, startPostgres } from '@oncelog/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresEventStore } from './postgres-event-store.ts';
import { freshLog, runSql, urlOfSchema } from './testing/temporary-schema.ts';

/** Asks again until there is one: what is waited for happens in another process. */
async function firstRow<Row extends object>(url: string, sql: string): Promise<Row> {
  for (;;) {
    const [row] = await runSql<Row>(url, sql);
    if (row !== undefined) return row;
  }
}

describe.runIf(hasService('postgres'))('a commit that could not wait for its standby', () => {
  let server: PostgresServer | undefined;
  beforeAll(async () => void (server = await startPostgres({ durable: true })));
  afterAll(async () => server?.stop());

  async function standbys(names: string): Promise<void> {
    await runSql(server!.url, `alter system set synchronous_standby_names = '${names}'`);
    await runSql(server!.url, 'select pg_reload_conf()');
    await firstRow(server!.url, `select 1 where current_setting('synchronous_standby_names') = '${names}'`);
  }

  /** Whoever runs this is told by the server that its commit is done, with a warning and nothing else. */
  async function cancelTheWait(statement: string): Promise<void> {
    const waiting = `select pid from pg_stat_activity where wait_event = 'SyncRep' and query like '%${statement}%'`;
    const { pid } = await firstRow<{ pid: number }>(server!.url, waiting);
    await runSql(server!.url, `select pg_cancel_backend(${pid})`);
  }

  it('is never an acknowledgement, whatever was written', async () => {
    const log = freshLog(server!.url, { durability: 'disk' });
    const store = await log.open();
    await append(store, [[sampleEvent('t', 'erased')]]);
    const settings = { filter: everyEvent, leaseMs: 1, attemptsMax: 1 };
    await standbys('ghost');
    const unknown = { code: 'STORE_UNAVAILABLE', outcome: 'unknown', message: expect.stringContaining('standby') };
    const writes = [
      ['append_events', () => append(store, [[sampleEvent('t', 'a')]])],
      ['erased_event', () => store.erase('t', 'erased')],
      [
        'insert into consumer_group',
        () => store.consumers.createGroup({ name: 'g', settings, cursor: 0, createdTimeMs: 0 }),
      ],
      ['change_groups', () => store.consumers.change([{ name: 'g', expectedVersion: 1, cursor: 1 }])],
      ['delete from consumer_group', () => store.consumers.deleteGroup('g')],
    ] as const;
    for (const [statement, write] of writes) {
      const [written] = await Promise.allSettled([write(), cancelTheWait(statement)]);
      expect(written, statement).toMatchObject({ status: 'rejected', reason: unknown });
    }
    await standbys('');
    // Here it did survive: whoever sends the same ids again learns it.
    expect(await append(store, [[sampleEvent('t', 'a')]])).toMatchObject([[{ status: 'duplicate', position: 2 }]]);
  });
});

describe.runIf(hasService('postgres'))('a server that forgets', () => {
  it('is refused with what to do, unless the store promises no more than it keeps', async () => {
    const server = await startPostgres({ durable: true, settings: { fsync: 'off' } });
    try {
      const url = urlOfSchema(server.url.replace('postgres@', 'postgres:pass-word@'));
      const refusal: unknown = await createPostgresEventStore({ url, durability: 'disk' }).catch(
        (error: unknown) => error,
      );
      expect(refusal).toMatchObject({ code: 'RULE_BROKEN' });
      expect(String(refusal)).toMatch(/fsync off.*durability os/);
      expect(String(refusal)).not.toContain('pass-word');
      expect(await runSql(server.url, `select from pg_namespace where nspname like 'test_%'`)).toHaveLength(0);
      const store = await createPostgresEventStore({ url, durability: 'os' });
      expect(await append(store, [[sampleEvent('t', 'a')]])).toMatchObject([[{ status: 'stored' }]]);
      await store.close();
    } finally {
      await server.stop();
    }
  });

  it('loses nothing that was answered when it dies, even where it is set to put flushing off', async () => {
    const settings = { synchronous_commit: 'off', wal_writer_delay: '10s' };
    const server = await startPostgres({ durable: true, settings });
    try {
      const log = freshLog(server.url, { durability: 'disk' });
      const store = await log.open();
      const group = { filter: everyEvent, leaseMs: 1, attemptsMax: 1 };
      expect(await append(store, [[sampleEvent('t', 'a'), sampleEvent('t', 'b')]])).toMatchObject([[{}, {}]]);
      expect(await store.erase('t', 'a')).toBe(true);
      expect(await store.consumers.createGroup({ name: 'g', settings: group, cursor: 1, createdTimeMs: 0 })).toBe(true);
      await server.kill();
      await server.start();
      const reopened = await log.open();
      expect(await reopened.get('t', 'b')).toMatchObject({ position: 2 });
      expect(await reopened.erase('t', 'a')).toBe(false);
      expect(await reopened.consumers.group('g')).toMatchObject({ cursor: 1 });
      await reopened.close();
      await store.close();
    } finally {
      await server.stop();
    }
  });
});
