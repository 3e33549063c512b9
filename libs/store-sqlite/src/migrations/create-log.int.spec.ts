import { rm } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { entities } from '../entities.ts';
import { openDatabase } from '../open-database.ts';
import { createTemporaryDirectory } from '../testing/temporary-store.ts';

it('creates the tables, columns and unique keys that the entities describe', async () => {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => rm(directory, { recursive: true }));
  const { orm, native } = await openDatabase(directory, 'os');
  onTestFinished(() => orm.close(true));
  await orm.migrator.up();
  for (const entity of entities) {
    const { tableName, props, uniques } = orm.getMetadata().getByClassName(entity.meta.className);
    const columns = native.pragma(`table_info(${tableName})`) as {
      name: string;
      notnull: number;
      pk: number;
      type: string;
    }[];
    expect(columns.map(({ name, notnull, pk }) => [name, notnull === 0, pk > 0])).toEqual(
      props.map(({ fieldNames: [name], nullable = false, primary = false }) => [name, nullable, primary]),
    );
    // Only this spelling makes a key of one column the address of the row.
    const primary = columns.filter(({ pk }) => pk > 0);
    expect(primary.length === 1 ? primary[0]!.type : 'INTEGER').toBe('INTEGER');
    const keys = (native.pragma(`index_list(${tableName})`) as { unique: number; origin: string }[]).filter(
      ({ origin }) => origin !== 'pk',
    );
    const uniqueColumns = props.filter(({ unique }) => unique).length;
    expect(keys.filter(({ unique }) => unique === 1)).toHaveLength(uniques.length + uniqueColumns);
  }
});
