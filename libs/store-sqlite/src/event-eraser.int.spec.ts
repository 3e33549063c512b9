import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { databaseFile, openDatabase } from './open-database.ts';
import { createSqliteEventStore } from './sqlite-event-store.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';

const secret = 'told-in-confidence';

/** Closed in between: what a log writes when it is closed might hide what erasing has left in free pages. */
async function storeThenErase(events: readonly NewEvent[], erased: string) {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const open = async () => {
    const store = await createSqliteEventStore({ directory, durability: 'disk' });
    onTestFinished(() => store.close());
    return store;
  };
  const store = await open();
  await append(store, [events]);
  await store.close();
  const filesBefore = await filesWithSecret(directory);
  const reopened = await open();
  expect(await reopened.erase('t', erased)).toBe(true);
  await reopened.close();
  return { directory, filesBefore };
}

async function filesWithSecret(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  const contents = await Promise.all(names.map((name) => readFile(join(directory, name))));
  return names.filter((_, index) => contents[index]!.includes(secret));
}

describe('an erased event', () => {
  const text = (content: string) => ({ bytes: Buffer.from(content), contentType: 'text/plain' });
  const told = {
    'a content beside others on its page': { content: text(secret) },
    'a content on pages of its own': { content: text(secret.repeat(5000)) },
    'an attribute': { attributes: { note: secret } },
  };

  it.each(Object.entries(told))('leaves nothing in the files of a closed log of %s', async (_, more) => {
    const events = [sampleEvent('t', 'before'), sampleEvent('t', 'told', more), sampleEvent('t', 'after')];
    const { directory, filesBefore } = await storeThenErase(events, 'told');
    expect(filesBefore).toEqual([databaseFile]);
    expect(await filesWithSecret(directory)).toEqual([]);
  });

  it('has no row but its key, and what its content is compared by', async () => {
    const events = ['a', 'b'].map((id) => sampleEvent('t', id));
    const { directory } = await storeThenErase(events, 'a');
    const { orm, native } = await openDatabase(directory, 'os');
    onTestFinished(() => orm.close(true));
    const positions = (table: string) => native.prepare(`select position from ${table}`).pluck().all();
    expect(positions('event')).toEqual([2]);
    expect(positions('erased_event')).toEqual([1]);
    expect(positions('event_key')).toEqual([1, 2]);
  });
});
