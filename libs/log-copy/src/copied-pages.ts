// Pages of a log's tables in the order of their keys, the same from either side of a copy; bounded in rows and bytes.
import { countFitting, type RawRow, type ReadRows } from '@oncelog/store-sql';
import { bodyTable, type CopiedTable, erasedTable, keyTable } from './copied-tables.ts';

export interface PageLimits {
  readonly eventsMax: number;
  /** Of bodies; a page holds at least one, however large. */
  readonly bytesMax: number;
}

/** What one transaction of a copy takes: some 20 ms of work, and bodies of 256 KiB stay far from the memory's bound. */
export const pageLimits: PageLimits = { eventsMax: 10_000, bytesMax: 4 * 1024 * 1024 };

/** Of the small tables. Their widest rows, the filters of groups, have 16 KiB. */
const rowsMax = 1000;

/** Some positions in a row. */
export interface EntryPage {
  readonly keys: readonly RawRow[];
  readonly bodies: readonly RawRow[];
  /** Positions without a body, whose events were erased. */
  readonly erased: ReadonlySet<number>;
  /** The last position of the page; what was asked for when nothing follows. */
  readonly last: number;
}

export async function readEntryPage(
  read: ReadRows,
  after: number,
  { eventsMax, bytesMax }: PageLimits,
): Promise<EntryPage> {
  const found = await readRows(read, keyTable, { after: [after], max: eventsMax });
  const last = await lastFitting(read, after, positionOf(found.at(-1)) ?? after, bytesMax);
  const keys = found.filter((key) => positionOf(key)! <= last);
  const range = { after: [after], last, max: eventsMax };
  const bodies = await readRows(read, bodyTable, range);
  const erased = bodies.length < keys.length ? await readRows(read, erasedTable, range) : [];
  return { keys, bodies, erased: new Set(erased.map((row) => positionOf(row)!)), last };
}

/** The sizes first: bodies that are too large together must not be read to find that out. */
async function lastFitting(read: ReadRows, after: number, last: number, bytesMax: number): Promise<number> {
  const size = 'octet_length(content) + coalesce(octet_length(attributes), 0)';
  const rows = await read(
    `select position, ${size} as size from event where position > ${after} and position <= ${last} order by position`,
  );
  const sizes = rows.map((row) => ({ size: row['size'] as number }));
  const overflow = rows[countFitting(sizes, sizes.length, bytesMax)];
  return overflow === undefined ? last : positionOf(overflow)! - 1;
}

/** Every row of the table, a page at a time. */
export async function* pagesOf(read: ReadRows, table: CopiedTable): AsyncGenerator<readonly RawRow[], void, undefined> {
  let rows = await readRows(read, table, { max: rowsMax });
  while (rows.length > 0) {
    yield rows;
    rows = await readRows(read, table, { after: keyOf(table, rows.at(-1)!), max: rowsMax });
  }
}

/** The keys of all tables are whole numbers. */
export function keyOf({ key }: CopiedTable, row: RawRow): number[] {
  return key.map((column) => row[column] as number);
}

interface Range {
  /** Exclusive. */
  readonly after?: readonly number[];
  /** Of the first column of the key; included. */
  readonly last?: number;
  readonly max: number;
}

function readRows(read: ReadRows, { name, columns, key }: CopiedTable, { after, last, max }: Range) {
  const order = key.join(', ');
  const conditions = [
    ...(after ? [`(${order}) > (${after.join(', ')})`] : []),
    ...(last === undefined ? [] : [`${key[0]!} <= ${last}`]),
  ];
  const where = conditions.length > 0 ? `where ${conditions.join(' and ')}` : '';
  return read(`select ${columns.join(', ')} from ${name} ${where} order by ${order} limit ${max}`);
}

export function positionOf(row: RawRow | undefined): number | undefined {
  return row?.['position'] as number | undefined;
}
