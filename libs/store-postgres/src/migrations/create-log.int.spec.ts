import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionSettings } from '../connection-settings.ts';
import { entities } from '../entities.ts';
import { openDatabase } from '../open-database.ts';
import { freshLog, serverUrl } from '../testing/temporary-schema.ts';

interface Column {
  readonly name: string;
  readonly nullable: boolean;
  readonly type: string;
  readonly collation: string | null;
  readonly key: boolean;
}

/** How PostgreSQL calls the types by itself. */
const names: Readonly<Record<string, string>> = { int: 'int4', bigint: 'int8', text: 'text', bytea: 'bytea' };

describe.runIf(serverUrl !== undefined)('the tables of a log', () => {
  it('have the columns, types and keys that the entities describe, and compare text byte by byte', async () => {
    const log = freshLog(serverUrl!);
    await log.open();
    const { orm } = await openDatabase(connectionSettings(log.url));
    onTestFinished(() => orm.close(true));
    const tables = entities.map(({ meta }) => orm.getMetadata().getByClassName(meta.className));
    for (const { tableName, props, uniques } of tables) {
      const columns = await log.query<Column>(
        `select attname as name, not attnotnull as nullable, typname as type, collname as collation,
           coalesce(attnum = any (conkey), false) as key
         from pg_attribute
         join pg_type on pg_type.oid = atttypid
         left join pg_collation on pg_collation.oid = attcollation
         left join pg_constraint on conrelid = attrelid and contype = 'p'
         where attrelid = $1::regclass and attnum > 0 order by attnum`,
        [tableName],
      );
      const described = props.map((property): Column => {
        const { fieldNames, nullable = false, primary = false, columnTypes } = property;
        const type = names[columnTypes[0]!]!;
        return { name: fieldNames[0]!, nullable, type, collation: type === 'text' ? 'C' : null, key: primary };
      });
      expect(columns, tableName).toEqual(described);
      const keys = await log.query(
        'select from pg_index where indrelid = $1::regclass and indisunique and not indisprimary',
        [tableName],
      );
      expect(keys, tableName).toHaveLength(uniques.length + props.filter(({ unique }) => unique).length);
    }
    const found = await log.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = current_schema()::regnamespace
       and relkind in ('r', 'p') and not relispartition order by 1`,
    );
    const expected = [...tables.map(({ tableName }) => tableName), 'mikro_orm_migrations'];
    expect(found.map(({ name }) => name)).toEqual(expected.toSorted());
  });
});
