// The proof of a copy: both sides are read from the first to the last row, and every body is hashed once more.
import { type Content, contentDigest, OncelogError } from '@oncelog/core';
import type { RawRow, RawValue, ReadRows } from '@oncelog/store-sql';
import { type EntryPage, keyOf, type PageLimits, pagesOf, positionOf, readEntryPage } from './copied-pages.ts';
import type { CopiedRows } from './copy-report.ts';
import { bodyTable, type CopiedTable, keyTable, smallTables } from './copied-tables.ts';

interface Sides {
  readonly source: ReadRows;
  readonly target: ReadRows;
}

/** Throws DATA_CORRUPTED that names the first difference; resolves with how many rows the table has. */
export async function verifyTable({ source, target }: Sides, table: CopiedTable): Promise<number> {
  let count = 0;
  const copies = pagesOf(target, table);
  for await (const rows of pagesOf(source, table)) {
    refuseDifference(table, rows, (await copies.next()).value ?? []);
    count += rows.length;
  }
  refuseDifference(table, [], (await copies.next()).value ?? []);
  return count;
}

export async function verifySmallTables(sides: Sides): Promise<CopiedRows> {
  const counts: Record<string, number> = {};
  for (const [name, table] of Object.entries(smallTables)) counts[name] = await verifyTable(sides, table);
  return counts as unknown as CopiedRows;
}

/** The positions after `after`. Resolves with where the page ends; with `after` itself when nothing follows. */
export async function verifyEntries({ source, target }: Sides, after: number, limits: PageLimits): Promise<number> {
  const page = await readEntryPage(source, after, limits);
  const copy = await readEntryPage(target, after, limits);
  refuseDifference(keyTable, page.keys, copy.keys);
  refuseDifference(bodyTable, page.bodies, copy.bodies);
  refuseDamage(copy, after, 'target');
  return page.last;
}

/** Bodies beyond the last key belong to nobody. */
export async function refuseStrayBodies(read: ReadRows, head: number): Promise<void> {
  const [stray] = await read(`select position from event where position < 1 or position > ${head} limit 1`);
  if (stray) throw differs(`position ${positionOf(stray)} has a body without a key in the target`);
}

/** Positions are dense, each has its body or was erased, and the bodies have their digests. */
export function refuseDamage({ keys, bodies, erased }: EntryPage, after: number, side: 'source' | 'target'): void {
  const digests = new Map(keys.map((key) => [positionOf(key)!, key['digest'] as Uint8Array]));
  for (const [index, key] of keys.entries()) {
    const expected = after + index + 1;
    if (positionOf(key) !== expected) throw damaged(side, expected, 'is missing');
  }
  for (const body of bodies) {
    const position = positionOf(body)!;
    const digest = digests.get(position);
    if (digest === undefined) throw damaged(side, position, 'has a body without a key');
    if (erased.has(position)) throw damaged(side, position, 'was erased and has a body');
    digests.delete(position);
    if (Buffer.compare(contentDigest(contentOf(body)), digest) !== 0) {
      throw damaged(side, position, 'no longer matches its checksum');
    }
  }
  for (const position of digests.keys()) {
    if (!erased.has(position)) throw damaged(side, position, 'has no body and was not erased');
  }
}

function contentOf(body: RawRow): Content {
  const bytes = body['content'] as Uint8Array;
  const contentType = body['content_type'] as string | null;
  return contentType === null ? { bytes } : { bytes, contentType };
}

function refuseDifference(table: CopiedTable, rows: readonly RawRow[], copies: readonly RawRow[]): void {
  for (let index = 0; index < Math.max(rows.length, copies.length); index += 1) {
    const [row, copy] = [rows[index], copies[index]];
    const column = row && copy && table.columns.find((name) => !isSame(row[name], copy[name]));
    if (row && copy && column === undefined) continue;
    throw differs(differenceOf(table, row, copy, column));
  }
}

function isSame(a: RawValue | undefined, b: RawValue | undefined): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b;
}

/** A key that differs means that one side lacks a row: the one whose key is higher there. */
function differenceOf(
  table: CopiedTable,
  row: RawRow | undefined,
  copy: RawRow | undefined,
  column: string | undefined,
) {
  const place = (there: RawRow) => `${table.name} ${keyOf(table, there).join('/')}`;
  if (copy === undefined) return `${place(row!)} is missing in the target`;
  if (row === undefined) return `${place(copy)} is only in the target`;
  if (!table.key.includes(column!)) return `${place(row)}: another ${column}`;
  const missing = table.key.findIndex((name) => row[name] !== copy[name]);
  const name = table.key[missing]!;
  return row[name]! < copy[name]! ? `${place(row)} is missing in the target` : `${place(copy)} is only in the target`;
}

function differs(difference: string): OncelogError {
  return new OncelogError('DATA_CORRUPTED', `the copy differs from its source: ${difference}`);
}

export function damaged(side: string, position: number, what: string): OncelogError {
  return new OncelogError('DATA_CORRUPTED', `the ${side} is damaged: the event at position ${position} ${what}`);
}
