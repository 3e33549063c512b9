import { randomUUID } from 'node:crypto';
import { everyEvent, type OncelogError } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from './testing/temporary-schema.ts';

const wholeLog = { order: 'ascending', eventsMax: 100, bytesMax: 1_000_000, scanMax: 100 } as const;

/** A log in which the server itself refuses to store events, so many times, with this code. */
async function failingLog(code: string, times: number) {
  const faults: OncelogError[] = [];
  const log = freshLog(serverUrl!, { onFault: (error) => faults.push(error) });
  const store = await log.open();
  await log.query('create sequence failure');
  // A sequence keeps counting when the rest is rolled back.
  await log.query(`create function fail() returns trigger language plpgsql as $$ begin
    if nextval('failure') <= ${times} then raise exception 'secret' using errcode = '${code}'; end if;
    return new; end $$`);
  await log.query('create trigger fail before insert on event_key for each row execute function fail()');
  const failures = async () =>
    (await log.query<{ count: number }>('select last_value::integer as count from failure'))[0]!;
  return { ...log, store, faults, failures };
}

describe.runIf(serverUrl !== undefined)('an append that the server refuses', () => {
  it.each([
    ['40001', 'collided with another'],
    ['40P01', 'was the victim of a deadlock'],
    ['55P03', 'did not get a lock'],
  ])('with %s, because it %s, is tried again by itself', async (code) => {
    const { store, failures } = await failingLog(code, 2);
    expect(await append(store, [[sampleEvent('t', 'a')]])).toMatchObject([[{ status: 'stored', position: 1 }]]);
    expect(await failures()).toEqual({ count: 3 });
  });

  it.each([
    ['40001', 'STORE_UNAVAILABLE', 5],
    ['57014', 'STORE_UNAVAILABLE', 1],
    ['53200', 'STORE_UNAVAILABLE', 1],
    ['58030', 'STORE_UNAVAILABLE', 1],
    ['53100', 'DISK_FULL', 1],
    ['XX001', 'DATA_CORRUPTED', 1],
    ['23505', 'INTERNAL', 1],
  ])('with %s again and again answers %s after %i tries, and has stored nothing', async (code, expected, tries) => {
    const { store, failures, query, faults } = await failingLog(code, 1000);
    const failure = await append(store, [[sampleEvent('t', 'a')]]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: expected, outcome: 'none', message: expect.stringContaining(code) });
    expect(String(failure)).not.toMatch(/secret|insert/i);
    expect(await failures()).toEqual({ count: tries });
    expect(await store.list(wholeLog)).toMatchObject({ events: [], head: 0 });
    expect(await store.stats({ topicsMax: 1, sourcesMax: 1 })).toMatchObject({ received: 0, topicCount: 0 });
    expect(faults.map((fault) => fault.code)).toEqual(expected === 'DATA_CORRUPTED' ? [expected] : []);
    await query('drop trigger fail on event_key');
    expect(await append(store, [[sampleEvent('t', 'a')]])).toMatchObject([[{ status: 'stored', position: 1 }]]);
  });
});

describe.runIf(serverUrl !== undefined)('a session that was cut off', () => {
  it('holds the log up for no longer than the server lets it', { timeout: 20_000 }, async () => {
    const log = freshLog(serverUrl!);
    const store = await log.open();
    const stuck = new Client({ connectionString: serverUrl! });
    const lost = new Promise<void>((resolve) => void stuck.once('end', resolve));
    stuck.on('error', () => undefined);
    await stuck.connect();
    const schema = new URL(log.url).searchParams.get('schema');
    await stuck.query(`set search_path = "${schema}"; set idle_in_transaction_session_timeout = '3s'; begin`);
    await stuck.query('select from log for update');
    // Two tries of 2 s each are enough to outlast it.
    expect(await append(store, [[sampleEvent('t', 'a')]])).toMatchObject([[{ status: 'stored', position: 1 }]]);
    await lost;
  });

  it('that never ends makes appends fail in time, certain that nothing was stored, and holds up no reads', async () => {
    const log = freshLog(serverUrl!);
    const store = await log.open();
    const stuck = new Client({ connectionString: serverUrl! });
    await stuck.connect();
    const schema = new URL(log.url).searchParams.get('schema');
    await stuck.query(`set search_path = "${schema}"; begin; select from log for update`);
    const startedMs = performance.now();
    await expect(append(store, [[sampleEvent('t', 'a')]])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      outcome: 'none',
      retryAfterMs: expect.any(Number),
      message: expect.stringContaining('55P03'),
    });
    expect(performance.now() - startedMs).toBeLessThan(6000);
    expect(await store.tail({ ...wholeLog, filter: everyEvent, after: 0 })).toMatchObject({ entries: [], head: 0 });
    await stuck.end();
    expect(await append(store, [[sampleEvent('t', 'a')]])).toMatchObject([[{ status: 'stored', position: 1 }]]);
  });
});

describe.runIf(serverUrl !== undefined)('the connections of a store', () => {
  it('are ten at most, however much is asked of it', async () => {
    const log = freshLog(`${serverUrl!}?application_name=${randomUUID()}`);
    const store = await log.open();
    const reads = Array.from({ length: 200 }, () => store.stats({ topicsMax: 10, sourcesMax: 10 }));
    await Promise.all([...reads, append(store, [[sampleEvent('t', 'a')]])]);
    const ours = new URL(log.url).searchParams.get('application_name');
    const sessions = await log.query('select from pg_stat_activity where application_name = $1', [ours]);
    expect(sessions).toHaveLength(10);
  });
});
