import { rm } from 'node:fs/promises';
import { everyEvent } from '@oncelog/core';
import { append, comparable, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../open-database.ts';
import { createSqliteEventStore } from '../sqlite-event-store.ts';
import { createTemporaryDirectory } from '../testing/temporary-store.ts';

const wholeLog = { order: 'ascending', eventsMax: 1000, bytesMax: 1_000_000, scanMax: 10_000 } as const;
const all = { topicsMax: 100, sourcesMax: 100 };
const newTables = ['erased_event', 'consumer_group', 'outstanding_event', 'dead_letter'];

async function openFresh() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const open = async () => {
    const store = await createSqliteEventStore({ directory, durability: 'os' });
    onTestFinished(() => store.close());
    return store;
  };
  return { directory, open };
}

/** As the log was before there were consumers. */
async function takeBack(directory: string): Promise<void> {
  const { orm, native } = await openDatabase(directory, 'os');
  for (const table of newTables) native.exec(`drop table ${table}`);
  native.exec(`delete from mikro_orm_migrations where name = '0002-add-consumers'`);
  const left = native.prepare<[], string>(`select name from sqlite_master where type = 'table'`).pluck().all();
  expect(left.filter((name) => newTables.includes(name))).toEqual([]);
  expect(native.prepare('select name from mikro_orm_migrations').pluck().all()).toEqual(['0001-create-log']);
  await orm.close(true);
}

describe('a log from before there were consumers', () => {
  it('opens with everything it holds, and takes groups and erasures', async () => {
    const { directory, open } = await openFresh();
    const store = await open();
    const events = ['a', 'b', 'c'].map((id) => sampleEvent(`t-${id}`, id, { source: id, attributes: { id } }));
    const [outcomes = []] = await append(store, [events]);
    await append(store, [[events[1]!, sampleEvent('t-a', 'a', { content: jsonContent('{"other":1}') })]]);
    const before = { logId: store.logId, stats: await store.stats(all), list: await store.list(wholeLog) };
    await store.close();
    await takeBack(directory);

    const migrated = await open();
    expect(migrated.logId).toBe(before.logId);
    expect(await migrated.stats(all)).toEqual(before.stats);
    const { events: listed, ...rest } = await migrated.list(wholeLog);
    expect({ ...rest, events: listed.map(comparable) }).toEqual({
      ...before.list,
      events: before.list.events.map(comparable),
    });
    expect(await append(migrated, [events])).toEqual([outcomes.map((each) => ({ ...each, status: 'duplicate' }))]);

    const settings = { filter: everyEvent, leaseMs: 1000, attemptsMax: 1 };
    expect(await migrated.consumers.groups()).toEqual([]);
    expect(await migrated.consumers.createGroup({ name: 'g', settings, cursor: 0, createdTimeMs: 0 })).toBe(true);
    expect(await migrated.erase('t-b', 'b')).toBe(true);
    expect((await migrated.list(wholeLog)).events.map(({ position }) => position)).toEqual([1, 3]);
  });
});
