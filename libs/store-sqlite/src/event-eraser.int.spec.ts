import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { append, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from './open-database.ts';
import { createSqliteEventStore } from './sqlite-event-store.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';

const secret = 'told-in-confidence';

async function openFresh() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const store = await createSqliteEventStore({ directory, durability: 'disk' });
  onTestFinished(() => store.close());
  return { directory, store };
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
    const { directory, store } = await openFresh();
    await append(store, [[sampleEvent('t', 'before'), sampleEvent('t', 'told', more), sampleEvent('t', 'after')]]);
    await store.erase('t', 'told');
    await store.close();
    expect(await filesWithSecret(directory)).toEqual([]);
  });

  it('has no row but its key, and what its content is compared by', async () => {
    const { directory, store } = await openFresh();
    await append(store, [['a', 'b'].map((id) => sampleEvent('t', id))]);
    await store.erase('t', 'a');
    await store.close();
    const { orm, native } = await openDatabase(directory, 'os');
    onTestFinished(() => orm.close(true));
    const positions = (table: string) => native.prepare(`select position from ${table}`).pluck().all();
    expect(positions('event')).toEqual([2]);
    expect(positions('erased_event')).toEqual([1]);
    expect(positions('event_key')).toEqual([1, 2]);
  });
});
