import { rm } from 'node:fs/promises';
import type { NewEvent } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { EventPacker } from '@oncelog/store-sql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EventChecker } from './event-checker.ts';
import { KeyFinder } from './keys/key-finder.ts';
import { openDatabase } from './open-database.ts';
import { createSqliteEventStore } from './sqlite-event-store.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';

async function openStore() {
  const directory = await createTemporaryDirectory();
  const store = await createSqliteEventStore({ directory, durability: 'os' });
  onTestFinished(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  return { directory, store };
}

function packed(events: readonly NewEvent[]) {
  const packer = new EventPacker();
  for (const event of events) packer.addWithDigest(event);
  return packer.finish();
}

/** Numbers of many digits: what is dearest to compare as JSON. */
const dear = (last: number) => jsonContent(`{"n":[${'1.0000000000000001,'.repeat(13_000)}${last}]}`);

describe('a check', () => {
  it('lets others read between its events where their contents are dear to compare', async () => {
    const { store } = await openStore();
    const ids = Array.from({ length: 16 }, (_, index) => `e${index}`);
    const eventsWith = (last: number) => ids.map((id) => sampleEvent('t', id, { content: dear(last) }));
    const [outcomes = []] = await append(store, [eventsWith(1)]);
    const order: string[] = [];
    const checking = store.check(eventsWith(2)).finally(() => order.push('checked'));
    await store.get('t', 'e0').finally(() => order.push('read'));
    expect(await checking).toEqual(outcomes.map((outcome) => ({ ...outcome, status: 'conflict' })));
    expect(order).toEqual(['read', 'checked']);
  });

  it('reads a content only where the digests differ and contents count', async () => {
    const { directory, store } = await openStore();
    const event = sampleEvent('t', 'a');
    const other = { ...event, content: jsonContent('{}') };
    await append(store, [[event]]);
    await store.close();
    const { orm, native } = await openDatabase(directory, 'os');
    onTestFinished(() => orm.close(true));
    native.exec('delete from event');
    const checker = new EventChecker(native, new KeyFinder(native));
    const check = (checked: NewEvent, keysOnly: boolean) => checker.check({ events: packed([checked]), keysOnly });
    expect(check(event, false)).toMatchObject([{ status: 'duplicate', position: 1 }]);
    expect(check(other, true)).toMatchObject([{ status: 'duplicate', position: 1 }]);
    expect(() => check(other, false)).toThrow(expect.objectContaining({ code: 'DATA_CORRUPTED' }));
  });
});
