import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type EventStore, everyEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseFile, openDatabase } from './open-database.ts';
import { createSqliteEventStore } from './sqlite-event-store.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';

const script = fileURLToPath(new URL('./testing/append-in-process.ts', import.meta.url));
const wholeLog = { order: 'ascending', eventsMax: 10_000, bytesMax: 10_000_000, scanMax: 10_000 } as const;
const totals = { topicsMax: 0, sourcesMax: 0 };

async function temporaryDirectory() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

const open = (directory: string) => createSqliteEventStore({ directory, durability: 'disk' });

/** By event id, in the order of the log. */
async function readPositions(store: EventStore) {
  const positions = new Map<string, number>();
  let after = 0;
  for (let end = false; !end;) {
    const slice = await store.list({ ...wholeLog, after });
    for (const { eventId, position } of slice.events) positions.set(eventId, position);
    ({ end, scannedTo: after } = slice);
  }
  return positions;
}

describe('another process with the same log', () => {
  it('keeps a second start away, and after kill -9 leaves every acknowledged event and no lock', async () => {
    const directory = await temporaryDirectory();
    const child = spawn(process.execPath, [script, directory, 'disk', '100000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const acknowledged: { readonly index: number; readonly position: number }[] = [];
    let refusal: unknown;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(JSON.parse(line));
      if (acknowledged.length === 20) refusal = await open(directory).catch((error: unknown) => error);
      if (acknowledged.length === 100) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
    expect(String(refusal)).toContain(directory);

    const store = await open(directory);
    onTestFinished(() => store.close());
    const { lastPosition, stored, received } = await store.stats(totals);
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    expect({ stored, received }).toEqual({ stored: lastPosition, received: lastPosition });
    const positions = await readPositions(store);
    expect([...positions.values()].filter((position, index) => position !== index + 1)).toEqual([]);
    expect(positions.size).toBe(lastPosition);
    expect(acknowledged.filter(({ index, position }) => positions.get(`${index}`) !== position)).toEqual([]);
  });

  it('lets the next one in as soon as the store is closed', async () => {
    const directory = await temporaryDirectory();
    const first = await open(directory);
    await expect(open(directory)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await append(first, [[sampleEvent('t', 'a')]]);
    await first.close();
    const second = await open(directory);
    expect((await second.stats(totals)).stored).toBe(1);
    await second.close();
  });
});

describe('a directory that cannot be used', () => {
  it('is named in the refusal when it is a file', async () => {
    const directory = join(await temporaryDirectory(), 'file');
    await writeFile(directory, '');
    const refusal = await open(directory).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(String(refusal)).toContain(directory);
  });

  it('is named in the refusal when its database is something else', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, databaseFile), 'not a database, but long enough to be read as one'.repeat(100));
    const refusal = await open(directory).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'DATA_CORRUPTED' });
    expect(String(refusal)).toContain(directory);
  });

  it('is named in the refusal when the database cannot be opened', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, databaseFile));
    const refusal = await open(directory).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(String(refusal)).toContain(directory);
  });
});

describe('a log of another format', () => {
  it('is refused with both versions named, and left as it is, even when its tables are others', async () => {
    const directory = await temporaryDirectory();
    await (await open(directory)).close();
    const { native, orm } = await openDatabase(directory, 'disk');
    native.exec('alter table log drop column keys_indexed_to; update log set format_version = 1');
    for (const table of ['erased_event', 'consumer_group', 'outstanding_event', 'dead_letter']) {
      native.exec(`drop table ${table}`);
    }
    native.exec("delete from mikro_orm_migrations where name = '0002-add-consumers'");
    await orm.close(true);
    await expect(open(directory)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`has format 1, this version reads 2`),
    });
    const left = await openDatabase(directory, 'disk');
    expect(left.native.pragma('table_info(dead_letter)')).toEqual([]);
    await left.orm.close(true);
  });
});

describe('damage', () => {
  const events = Array.from({ length: 1200 }, (_, index) => sampleEvent('t', `${index + 1}`));

  async function damage(directory: string, sql: string) {
    const { native, orm } = await openDatabase(directory, 'disk');
    native.exec(sql);
    await orm.close(true);
  }

  async function storeThenDamage(sql: string) {
    const directory = await temporaryDirectory();
    const store = await open(directory);
    await append(store, [events]);
    await store.close();
    await damage(directory, sql);
    return directory;
  }

  it('is told instead of wrong content when an old event is read', async () => {
    const directory = await storeThenDamage(
      `update event set content = cast('{"sample":null}' as blob) where position = 7`,
    );
    const store = await open(directory);
    onTestFinished(() => store.close());
    const corrupted = { code: 'DATA_CORRUPTED', message: expect.stringContaining('position 7 ') };
    await expect(store.get('t', '7')).rejects.toMatchObject(corrupted);
    await expect(store.list(wholeLog)).rejects.toMatchObject(corrupted);
    expect(await store.get('t', '8')).toMatchObject({ position: 8 });
    expect((await store.list({ ...wholeLog, after: 7 })).events).toHaveLength(1193);
  });

  it('is told apart from an erased event when a body is gone', async () => {
    const directory = await storeThenDamage('delete from event where position = 7');
    const store = await open(directory);
    onTestFinished(() => store.close());
    await store.erase('t', '9');
    const tail = { filter: everyEvent, eventsMax: 100, bytesMax: 1_000_000, scanMax: 100 };
    await expect(store.tail({ ...tail, after: 0 })).rejects.toMatchObject({
      code: 'DATA_CORRUPTED',
      message: 'the event at position 7 is missing',
    });
    const { entries } = await store.tail({ ...tail, after: 7, eventsMax: 2 });
    expect(entries).toMatchObject([{ position: 8 }, { position: 9, erased: true }]);
  });

  it.each([
    [
      'content of the newest event is not what was stored',
      `update event set content = x'00' where position = 1200`,
      'position 1200 ',
    ],
    ['newest event has lost its body', 'delete from event where position = 1200', 'position 1200 '],
    [
      'newest event is gone',
      'delete from event where position = 1200; delete from event_key where position = 1200',
      'position 1200 ',
    ],
    ['log has a gap', 'delete from event where position = 1100', 'position 1100 '],
    [
      'log has an old gap among the keys that wait for their index',
      'update log set keys_indexed_to = 0; delete from key_index; delete from event_key where position = 9',
      'position 9 ',
    ],
  ])('keeps the store from opening when the %s', async (_, sql, named) => {
    const directory = await storeThenDamage(sql);
    await expect(open(directory)).rejects.toMatchObject({
      code: 'DATA_CORRUPTED',
      message: expect.stringContaining(named),
    });
  });
});
