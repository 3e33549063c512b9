// Many rows in one statement, in few statements: hundreds, then tens, then single ones.
import type Database from 'better-sqlite3';

/** A hundred is past the point where more gains nothing; each size is prepared once. */
const sizes = [100, 10, 1] as const;

export type Value = string | number | Buffer | null;

export interface RowsStatement {
  /** `values` holds the rows one after the other. */
  run(values: readonly Value[]): number;
  /** Rows come as arrays, in the order of what they come from. */
  all(values: readonly Value[]): (readonly Value[])[];
}

/** `sql` gets the list of rows, "(?, ?), (?, ?)" and so on. */
export function prepareRows(
  database: Database.Database,
  row: string,
  sql: (rows: string) => string,
  returns: 'rows' | 'nothing' = 'nothing',
): RowsStatement {
  const width = row.split('?').length - 1;
  const statements = sizes.map((size) => {
    const statement = database.prepare<Value[], Value[]>(sql(Array.from({ length: size }, () => row).join(', ')));
    if (returns === 'rows') statement.raw();
    return { statement, values: size * width };
  });

  function* parts(values: readonly Value[]) {
    let start = 0;
    for (const { statement, values: length } of statements) {
      for (; start + length <= values.length; start += length) {
        yield { statement, part: values.slice(start, start + length) };
      }
    }
  }

  return {
    run(values) {
      let changes = 0;
      for (const { statement, part } of parts(values)) changes += statement.run(part as never).changes;
      return changes;
    },
    all(values) {
      const rows: (readonly Value[])[] = [];
      for (const { statement, part } of parts(values)) rows.push(...statement.all(part as never));
      return rows;
    },
  };
}

export function prepareBodies(database: Database.Database): RowsStatement {
  return prepareRows(
    database,
    '(?, ?, ?, ?, ?, ?, ?)',
    (rows) =>
      `insert into event (position, source, timestamp_seconds, timestamp_nanos, attributes, content_type, content)
       values ${rows}`,
  );
}
