import { append, sampleEvent } from '@oncelog/core/testing';
import { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from '../testing/temporary-schema.ts';

const wholeLog = { order: 'ascending', eventsMax: 1000, bytesMax: 1_000_000, scanMax: 1000 } as const;
const partitions = `select relname as name, pg_get_expr(relpartbound, oid) as bound
  from pg_inherits join pg_class on oid = inhrelid where inhparent = 'event'::regclass order by oid`;
const events = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => sampleEvent('t', `${from + index}`));
const bound = (from: number, to: number) => `FOR VALUES FROM ('${from}') TO ('${to}')`;

describe.runIf(serverUrl !== undefined)('partitions of bodies', () => {
  it('are there before their positions are, one after the other', async () => {
    const log = freshLog(serverUrl!, { partitionPositions: 100 });
    const store = await log.open();
    const bounds = async () => (await log.query<{ bound: string }>(partitions)).map((each) => each.bound);
    expect(await bounds()).toEqual([bound(1, 101)]);
    await append(store, [events(1, 50)]);
    expect(await bounds()).toEqual([bound(1, 101)]);
    await append(store, [events(51, 51)]);
    await store.close();
    expect(await bounds()).toEqual([bound(1, 101), bound(101, 201)]);
  });

  it('are made on the way where one group fills several of them', async () => {
    const log = freshLog(serverUrl!, { partitionPositions: 10 });
    const store = await log.open();
    const [outcomes] = await append(store, [events(1, 95)]);
    expect(outcomes?.map(({ position }) => position)).toEqual(events(1, 95).map(({ eventId }) => Number(eventId)));
    expect((await store.list(wholeLog)).events).toHaveLength(95);
    expect((await log.query(partitions)).length).toBeGreaterThanOrEqual(10);
  });

  it('are made once by replicas that need them at the same time, and of the size that each is set to', async () => {
    const log = freshLog(serverUrl!);
    const sizes = [10, 20, 30, 40];
    const stores = await Promise.all(sizes.map((partitionPositions) => log.open({ partitionPositions })));
    await Promise.all(
      stores.map(async (store, index) => {
        for (let batch = 0; batch < 10; batch += 1) {
          const from = (index * 10 + batch) * 10 + 1;
          await append(store, [events(from, from + 9)]);
        }
      }),
    );
    const { events: stored } = await stores[0]!.list(wholeLog);
    expect(stored.map(({ position }) => position)).toEqual(events(1, 400).map(({ eventId }) => Number(eventId)));
    expect(new Set(stored.map(({ eventId }) => eventId)).size).toBe(400);
    const bounds = (await log.query<{ bound: string }>(partitions)).map((each) =>
      each.bound.match(/\d+/g)!.map(Number),
    );
    for (const [index, [from]] of bounds.entries()) expect(from).toBe(bounds[index - 1]?.[1] ?? 1);
  });

  it('are made beside somebody who reads for long, such as a backup, and hold up nobody for it', async () => {
    const log = freshLog(serverUrl!, { partitionPositions: 100 });
    const [store, other] = [await log.open(), await log.open()];
    const backup = new Client({ connectionString: serverUrl! });
    await backup.connect();
    const schema = new URL(log.url).searchParams.get('schema');
    await backup.query(`set search_path = "${schema}"; begin; select count(*) from event`);
    for (let from = 1; from <= 400; from += 20) {
      const startedMs = performance.now();
      await append(store, [events(from, from + 19)]);
      expect((await other.list({ ...wholeLog, after: from - 1 })).events).toHaveLength(20);
      // The limit of a lock is 2,000 ms.
      expect(performance.now() - startedMs).toBeLessThan(1500);
    }
    await backup.query('commit');
    await backup.end();
    expect((await log.query(partitions)).length).toBeGreaterThanOrEqual(4);
  });

  it('may be dropped: the keys of what they held are still recognised', async () => {
    const log = freshLog(serverUrl!, { partitionPositions: 10 });
    const store = await log.open();
    await append(store, [events(1, 25)]);
    await log.query('drop table event_1');
    const again = await append(store, [[...events(3, 4), ...events(24, 26)]]);
    expect(again[0]?.map(({ status, position }) => [status, position])).toEqual([
      ['duplicate', 3],
      ['duplicate', 4],
      ['duplicate', 24],
      ['duplicate', 25],
      ['stored', 26],
    ]);
    expect(await store.check(events(1, 1))).toMatchObject([{ status: 'duplicate', position: 1 }]);
    expect(await store.get('t', '3')).toBeUndefined();
    expect((await store.list({ ...wholeLog, after: 10 })).events).toHaveLength(16);
  });
});
