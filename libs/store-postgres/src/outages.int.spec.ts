import { writeFile } from 'node:fs/promises';
import { type EventStore, everyEvent, OncelogError } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { hasService, type PostgresServer, startPostgres } from '@oncelog/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresEventStore } from './postgres-event-store.ts';
import { freshLog, runSql } from './testing/temporary-schema.ts';

const wholeLog = { order: 'ascending', eventsMax: 10_000, bytesMax: 10_000_000, scanMax: 10_000 } as const;
const all = { topicsMax: 1, sourcesMax: 1 };
const unavailable = { code: 'STORE_UNAVAILABLE', retryAfterMs: expect.any(Number) };

/** Publishes one event after the other, each until it is answered, as clients do. */
function publishUntilStopped(store: EventStore) {
  const acknowledged = new Map<string, number>();
  const failures: OncelogError[] = [];
  let lastAckMs = 0;
  let running = true;
  const done = (async () => {
    for (let index = 0; running; index += 1) {
      for (let answered = false; !answered && running;) {
        try {
          const [[outcome] = []] = await append(store, [[sampleEvent('t', `${index}`)]]);
          acknowledged.set(`${index}`, outcome!.position);
          lastAckMs = performance.now();
          answered = true;
        } catch (error) {
          failures.push(error as OncelogError);
        }
      }
    }
  })();
  return {
    acknowledged,
    failures,
    /** Resolves with when it was. */
    nextAck: async () => {
      const { size } = acknowledged;
      while (acknowledged.size === size) await new Promise(setImmediate);
      return lastAckMs;
    },
    stop: async () => {
      running = false;
      await done;
    },
  };
}

async function expectExactlyOnce(store: EventStore, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  const { events } = await store.list(wholeLog);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  const found = new Map(events.map(({ eventId, position }) => [eventId, position]));
  expect(found.size).toBe(events.length);
  for (const [eventId, position] of acknowledged) expect([eventId, found.get(eventId)]).toEqual([eventId, position]);
}

describe.runIf(hasService('postgres'))('a store whose server', () => {
  let server: PostgresServer | undefined;
  beforeAll(async () => void (server = await startPostgres({ durable: true })));
  afterAll(async () => server?.stop());

  it(
    'is killed goes on by itself within 5 s of its return, and has kept all it answered',
    { timeout: 60_000 },
    async () => {
      const log = freshLog(server!.url, { durability: 'disk' });
      const [store, other] = [await log.open(), await log.open()];
      const publishing = publishUntilStopped(store);
      for (let round = 0; round < 3; round += 1) {
        while (publishing.acknowledged.size < 50 * (round + 1)) await publishing.nextAck();
        await server!.kill();
        await expect(other.stats(all)).rejects.toMatchObject(unavailable);
        await server!.start();
        const startedMs = performance.now();
        expect((await publishing.nextAck()) - startedMs).toBeLessThan(5000);
      }
      const told = new Promise<number>((resolve) => other.watchHead(resolve));
      await publishing.nextAck();
      expect(await told).toBeGreaterThan(150);
      await publishing.stop();
      expect(publishing.failures.length).toBeGreaterThan(0);
      for (const failure of publishing.failures) expect(failure).toMatchObject(unavailable);
      await expectExactlyOnce(other, publishing.acknowledged);
    },
  );

  it('ends all of its sessions goes on with new ones, and has kept all it answered', { timeout: 60_000 }, async () => {
    const log = freshLog(server!.url, { durability: 'disk' });
    const [store, other] = [await log.open(), await log.open()];
    const publishing = publishUntilStopped(store);
    for (let round = 0; round < 5; round += 1) {
      while (publishing.acknowledged.size < 20 * (round + 1)) await publishing.nextAck();
      await log.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
      );
      await publishing.nextAck();
    }
    await publishing.stop();
    await expectExactlyOnce(other, publishing.acknowledged);
  });

  it(
    'stands still answers every call in time that it may or may not be stored, and works when it goes on',
    { timeout: 60_000 },
    async () => {
      const log = freshLog(server!.url, { durability: 'disk' });
      const store = await log.open();
      await append(store, [[sampleEvent('t', 'before')]]);
      server!.signal('SIGSTOP');
      const startedMs = performance.now();
      const calls = [
        append(store, [[sampleEvent('t', 'a')]]),
        store.get('t', 'before'),
        store.stats(all),
        store.tail({ ...wholeLog, filter: everyEvent, after: 0 }),
      ];
      const [appended, ...reads] = await Promise.allSettled(calls);
      expect(performance.now() - startedMs).toBeLessThan(10_000);
      expect(appended).toMatchObject({ status: 'rejected', reason: { ...unavailable, outcome: 'unknown' } });
      for (const read of reads)
        expect(read).toMatchObject({ status: 'rejected', reason: { ...unavailable, outcome: 'none' } });
      // What had not reached it is certain.
      await expect(append(store, [[sampleEvent('t', 'b')]])).rejects.toMatchObject({ ...unavailable, outcome: 'none' });
      server!.signal('SIGCONT');
      const [[outcome] = []] = await append(store, [[sampleEvent('t', 'a')]]);
      expect(['stored', 'duplicate']).toContain(outcome?.status);
      expect(await store.get('t', 'before')).toMatchObject({ position: 1 });
      await expectExactlyOnce(store, new Map([['a', outcome!.position]]));
    },
  );

  it('stands still does not keep it from closing', { timeout: 20_000 }, async () => {
    const store = await freshLog(server!.url, { durability: 'disk' }).open();
    await append(store, [[sampleEvent('t', 'a')]]);
    await Promise.all(Array.from({ length: 20 }, () => store.stats(all)));
    server!.signal('SIGSTOP');
    try {
      await store.close();
    } finally {
      server!.signal('SIGCONT');
    }
    await expect(store.stats(all)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('is not there says so at once, without a password, when the store is to be opened', async () => {
    const { port } = server!;
    for (const url of [
      `postgresql://user:pass-word@127.0.0.1:1/postgres`,
      `postgresql://user:pass-word@127.0.0.1:${port}/postgres`,
      `postgresql://postgres:pass-word@127.0.0.1:${port}/missing`,
      `http://postgres:pass-word@127.0.0.1:${port}/postgres`,
      'pass-word',
    ]) {
      const opening = createPostgresEventStore({ url, durability: 'disk' });
      const refusal: unknown = await opening.catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(OncelogError);
      for (let error = refusal; error instanceof Error; error = error.cause) {
        expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('pass-word');
      }
    }
  });

  it('will not have the connection says why, and that waiting does not mend it', async () => {
    const { url, port } = server!;
    const [files] = await runSql<{ hba_file: string }>(url, 'show hba_file');
    await writeFile(files!.hba_file, 'host all postgres all trust\nhost all all all scram-sha-256\n');
    await runSql(url, `select pg_reload_conf(); create role guest login password 'pass-word'`);
    for (const [refused, why] of [
      [`postgresql://guest@127.0.0.1:${port}/postgres`, /asks for a password, and none is given/],
      [`postgresql://guest:pass-words@127.0.0.1:${port}/postgres`, /does not accept the password/],
      [`postgresql://guest:pass-word@127.0.0.1:${port}/postgres?sslmode=verify-full`, /does not speak TLS/],
      [`postgresql://guest:pass-word@127.0.0.1:${port}/postgres`, /right to make one/],
    ] as const) {
      const opening = createPostgresEventStore({ url: refused, durability: 'disk' });
      await expect(opening).rejects.toMatchObject({ code: 'RULE_BROKEN', message: expect.stringMatching(why) });
    }
    const nowhere = createPostgresEventStore({ url: 'postgresql://guest@127.0.0.1:1/postgres', durability: 'disk' });
    await expect(nowhere).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('ECONNREFUSED') });
  });
});
