// Prepared statements by what goes into them and what comes out.
import type { NativeDatabase } from './open-database.ts';

export interface Prepared<Parameters extends unknown[] = [], Row = never> {
  run(...parameters: Parameters): { readonly changes: number };
  get(...parameters: Parameters): Row | undefined;
}

export function prepare<Parameters extends unknown[] = [], Row = never>(
  native: NativeDatabase,
  sql: string,
): Prepared<Parameters, Row> {
  return native.prepare<unknown[], Row>(sql) as Prepared<Parameters, Row>;
}
