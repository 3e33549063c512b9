import { rm } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../open-database.ts';
import { createTemporaryDirectory } from '../testing/temporary-store.ts';
import { KeyFilters, filtersMax, keysPerFilter } from './key-filters.ts';
import { mix } from './key-hash.ts';

async function emptyDatabase() {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const { orm, native } = await openDatabase(directory, 'os');
  onTestFinished(() => orm.close(true));
  await orm.migrator.up();
  return native;
}

/** Numbers that are as good as hashes, other ones for other starts. */
const hashes = (from: number, count: number) => Array.from({ length: count }, (_, index) => mix(from + index));

describe('the filters', () => {
  it('hold every key that was added, also after they were saved and read again', async () => {
    const native = await emptyDatabase();
    const filters = new KeyFilters(native);
    const known = hashes(0, 20_000);
    // Across the boundary of two filters.
    known.forEach((hash, index) => filters.add(keysPerFilter - 10_000 + index, hash));
    expect(known.every((hash) => filters.mayHold(hash))).toBe(true);
    filters.save(keysPerFilter + 10_000);
    const again = new KeyFilters(native);
    again.load(keysPerFilter + 10_000);
    expect(known.every((hash) => again.mayHold(hash))).toBe(true);
  });

  it('know nearly every other key to be new', async () => {
    const filters = new KeyFilters(await emptyDatabase());
    hashes(0, keysPerFilter).forEach((hash, index) => filters.add(index + 1, hash));
    const mistaken = hashes(10_000_000, 20_000).filter((hash) => filters.mayHold(hash)).length;
    expect(mistaken / 20_000).toBeLessThan(0.01);
  });

  it('may hold any key when one of them is missing, behind, damaged, or there are too many', async () => {
    const native = await emptyDatabase();
    const missing = new KeyFilters(native);
    missing.load(1);
    expect(missing.mayHold(1)).toBe(true);
    const behind = new KeyFilters(native);
    behind.add(1, 5);
    behind.save(1);
    behind.load(1);
    expect(behind.mayHold(7)).toBe(false);
    behind.load(2);
    expect(behind.mayHold(7)).toBe(true);
    native.exec(`update key_filter set bits = x'00'`);
    const damaged = new KeyFilters(native);
    damaged.load(1);
    expect(damaged.mayHold(1)).toBe(true);
    const full = new KeyFilters(native);
    expect(full.mayHold(1)).toBe(false);
    full.add(filtersMax * keysPerFilter + 1, 2);
    expect(full.mayHold(1)).toBe(true);
  });
});
