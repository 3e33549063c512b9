import { rm } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from './open-database.ts';
import { createTemporaryDirectory } from './testing/temporary-store.ts';
import { Transactions } from './transactions.ts';

async function openTable() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const { orm, native } = await openDatabase(directory, 'os');
  onTestFinished(() => orm.close(true));
  native.exec('create table number (value integer primary key)');
  const insert = native.prepare('insert into number (value) values (?)');
  const values = () => native.prepare('select value from number').pluck().all();
  return { transactions: new Transactions(native), native, insert, values };
}

const failure = (code: string) => Object.assign(new Error(code), { code });
const refused = expect.objectContaining({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
const unknown = expect.objectContaining({ code: 'STORE_UNAVAILABLE', outcome: 'unknown' });

describe('a transaction of the writer', () => {
  it('is committed with the result of its work', async () => {
    const { transactions, native, insert, values } = await openTable();
    expect(transactions.run(() => insert.run(1).changes)).toBe(1);
    expect([values(), native.inTransaction]).toEqual([[1], false]);
  });

  it('is rolled back whole when its work fails, in memory too, and the next one may succeed', async () => {
    const { transactions, insert, values } = await openTable();
    let undone = 0;
    const fail = () => {
      insert.run(1);
      throw failure('SQLITE_FULL');
    };
    expect(() => transactions.run(fail, () => (undone += 1))).toThrow(
      expect.objectContaining({ code: 'DISK_FULL', outcome: 'none' }),
    );
    expect([values(), undone, transactions.failed]).toEqual([[], 1, false]);
    transactions.run(() => insert.run(2));
    expect(values()).toEqual([2]);
  });

  it.each(['SQLITE_IOERR_FSYNC', 'SQLITE_CORRUPT', 'SQLITE_CONSTRAINT_UNIQUE'])(
    'is the last one when it ends in %s: nobody knows what reached the disk',
    async (code) => {
      const { transactions } = await openTable();
      let undone = 0;
      const fail = () => {
        throw failure(code);
      };
      expect(() => transactions.run(fail, () => (undone += 1))).toThrow(unknown);
      expect([undone, transactions.failed]).toEqual([0, true]);
      expect(() => transactions.run(() => undefined)).toThrow(refused);
    },
  );

  it('is the last one when it cannot be taken back', async () => {
    const { transactions } = await openTable();
    const fail = () => {
      throw failure('SQLITE_FULL');
    };
    expect(() => transactions.run(fail, fail)).toThrow(unknown);
    expect(() => transactions.run(() => undefined)).toThrow(refused);
  });
});
