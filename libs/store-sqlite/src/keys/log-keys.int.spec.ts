import { rm } from 'node:fs/promises';
import { append, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../open-database.ts';
import { createSqliteEventStore } from '../sqlite-event-store.ts';
import { createTemporaryDirectory } from '../testing/temporary-store.ts';

async function temporaryDirectory() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

async function open(directory: string, keysUnindexedMax: number) {
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => void faults.push(fault);
  const store = await createSqliteEventStore({ directory, durability: 'os', keysUnindexedMax, onFault });
  onTestFinished(() => store.close());
  return { store, faults };
}

async function query<Row>(directory: string, sql: string): Promise<Row[]> {
  const { orm, native } = await openDatabase(directory, 'os');
  const rows = native.prepare<[], Row>(sql).all();
  await orm.close(true);
  return rows;
}

const events = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => sampleEvent(`t${index % 3}`, `${from + index}`));

describe('keys that wait for the index', () => {
  it('are recognised before, when and after they are moved there, and after a restart', async () => {
    const directory = await temporaryDirectory();
    const { store } = await open(directory, 100);
    for (let from = 0; from < 1000; from += 30) {
      await append(store, [events(from, 30)]);
      const [again = []] = await append(store, [events(Math.max(0, from - 90), 120)]);
      expect(again.slice(0, 30).every(({ status }) => status === 'duplicate')).toBe(true);
      expect(await store.get('t0', `${from}`)).toMatchObject({ eventId: `${from}` });
      expect(await store.get('t1', `${from}`)).toBeUndefined();
    }
    const { lastPosition } = await store.stats({ topicsMax: 0, sourcesMax: 0 });
    await store.close();
    const [indexed] = await query<{ to: number; keys: number }>(
      directory,
      'select keys_indexed_to as "to", (select count(*) from key_index) as keys from log',
    );
    expect(indexed).toEqual({ to: lastPosition, keys: lastPosition });

    const { store: reopened } = await open(directory, 100);
    const [all = []] = await append(reopened, [events(0, lastPosition)]);
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['duplicate']));
    expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => index + 1));
    expect(await reopened.get('t0', '0')).toMatchObject({ position: 1 });
    expect(await reopened.get('t0', `${lastPosition - 1 - ((lastPosition - 1) % 3)}`)).toBeDefined();
  });

  it('tell a conflict from a duplicate, and its first time, on either side of the index', async () => {
    const directory = await temporaryDirectory();
    const { store } = await open(directory, 10);
    const [first = []] = await append(store, [events(0, 10)]);
    await append(store, [events(10, 5)]);
    const other = { content: { bytes: Buffer.from('{"other":1}') } };
    const [outcomes = []] = await append(store, [
      [sampleEvent('t0', '0'), sampleEvent('t0', '0', other), sampleEvent('t0', '10'), sampleEvent('t0', '10', other)],
    ]);
    expect(outcomes.map(({ status, position }) => [status, position])).toEqual([
      ['duplicate', 1],
      ['conflict', 1],
      ['duplicate', 11],
      ['conflict', 11],
    ]);
    expect(outcomes[0]!.storedTimeMs).toBe(first[0]!.storedTimeMs);
  });

  it('stop the store for good when the index finds one of them twice', async () => {
    const directory = await temporaryDirectory();
    const { store } = await open(directory, 1000);
    await append(store, [events(0, 5)]);
    await store.close();
    const { orm, native } = await openDatabase(directory, 'os');
    // The key of an event that is yet to come: t2/7.
    native.exec(`insert into key_index (topic_id, event_id, position) values (3, x'37', 99)`);
    await orm.close(true);
    const { store: damaged, faults } = await open(directory, 5);
    await append(damaged, [events(5, 5)]);
    await expect.poll(() => faults.length).toBe(1);
    await expect(append(damaged, [events(10, 1)])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
