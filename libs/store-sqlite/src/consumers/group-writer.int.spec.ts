import { rm } from 'node:fs/promises';
import { defaultLimits, everyEvent, type GroupChange } from '@oncelog/core';
import { readDeadLetters, readGroup } from '@oncelog/store-sql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkpointPages, Checkpoints } from '../checkpoints.ts';
import { EventEraser } from '../event-eraser.ts';
import { openDatabase, pageBytes } from '../open-database.ts';
import { openLog } from '../open-log.ts';
import { createTemporaryDirectory } from '../testing/temporary-store.ts';
import { Transactions } from '../transactions.ts';
import { GroupWriter } from './group-writer.ts';

const settings = { filter: everyEvent, leaseMs: 1000, attemptsMax: 1 };
const group = { name: 'g', settings, cursor: 0, createdTimeMs: 0 };

async function openWriter() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const options = { ...defaultLimits, keysUnindexedMax: 1000, directory, durability: 'os' } as const;
  await (await openLog(options, 0)).close();
  const { orm, native, kysely } = await openDatabase(directory, 'os');
  onTestFinished(() => orm.close(true));
  const transactions = new Transactions(native);
  const checkpoints = new Checkpoints(native);
  const writer = new GroupWriter(native, transactions, checkpoints);
  const eraser = new EventEraser(native, transactions, checkpoints);
  writer.create(group);
  return { writer, eraser, transactions, checkpoints, native, kysely };
}

/** Some 100 KB, more than the room that a test leaves. */
function largeChange(expectedVersion: number): GroupChange {
  const outstanding = Array.from({ length: 100 }, (_, index) => {
    return { position: index + 1, attempts: 1, dueTimeMs: 0, member: 'm', reason: 'x'.repeat(1024) };
  });
  return { name: 'g', expectedVersion, cursor: 100, outstanding };
}

describe('a change of groups on a full disk', () => {
  it('is refused whole, and is made as soon as there is room', async () => {
    const { writer, transactions, native, kysely } = await openWriter();
    const letter = { position: 200, attempts: 1, reason: '', deadTimeMs: 0 };
    const changes = [{ name: 'g', expectedVersion: 1, dead: [letter] }, largeChange(2)];
    const pages = Number(native.pragma('page_count', { simple: true }));
    const before = await readGroup(kysely, 'g');
    native.pragma(`max_page_count = ${pages + 3}`);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(() => writer.change(changes)).toThrow(
        expect.objectContaining({ code: 'DISK_FULL', outcome: 'none', retryAfterMs: expect.any(Number) }),
      );
      expect(await readGroup(kysely, 'g')).toEqual(before);
      expect(await readDeadLetters(kysely, 'g', { after: 0, max: 1 })).toEqual([]);
    }
    expect(transactions.failed).toBe(false);
    native.pragma(`max_page_count = ${pages + 500}`);
    expect(writer.change(changes)).toEqual([true, true]);
    expect(await readGroup(kysely, 'g')).toMatchObject({ version: 3, cursor: 100, deadLetterCount: 1 });
  });
});

describe('groups and erasing after a fault', () => {
  it('are refused like everything else that is written', async () => {
    const { writer, eraser, transactions } = await openWriter();
    transactions.fail(new Error('disk I/O error'));
    const writes = [
      () => writer.create({ ...group, name: 'new' }),
      () => writer.delete('g'),
      () => writer.change([{ name: 'g', expectedVersion: 1 }]),
      () => eraser.erase(1),
    ];
    for (const write of writes) {
      expect(write).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', outcome: 'none' }));
    }
  });
});

describe('the write-ahead log', () => {
  it('is moved into the database when changes of groups alone have filled it', async () => {
    const { writer, checkpoints, native } = await openWriter();
    const measure = native.prepare<[], { log: number; checkpointed: number }>('pragma wal_checkpoint(noop)');
    const pagesPerChange = (100 * 1024) / pageBytes;
    const sizes: number[] = [];
    for (let version = 1; version * pagesPerChange < 1.5 * checkpointPages; version += 1) {
      writer.change([{ ...largeChange(version), forgetsOutstanding: true }]);
      checkpoints.runWhenDue();
      sizes.push(measure.get()!.log);
    }
    expect(Math.max(...sizes)).toBeLessThan(1.2 * checkpointPages);
  });
});
