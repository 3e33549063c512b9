// Loaded into an aggregator with --import, this shows some positions to readers only after later ones, as a store does
// that hands positions out before it commits: the fault that holding tails against the list must be able to see.
import { createRequire } from 'node:module';

/** One position in so many is late, by so much. */
const lateEvery = 101;
const lateMs = 25;

interface Row {
  readonly position?: number;
}

interface Statement {
  all(...parameters: readonly unknown[]): Row[];
}

interface Database {
  prepare(sql: string): Statement;
}

/** The store's own copy: modules are shared within a thread, and this file runs first in each of them. */
const requireOfStore = createRequire(new URL('../../../../libs/store-sqlite/package.json', import.meta.url));
const { prototype } = requireOfStore('better-sqlite3') as { readonly prototype: Database };
const { prepare } = prototype;
const firstSeenMs = new Map<number, number>();

function isLate({ position = 1 }: Row): boolean {
  if (position % lateEvery !== 0) return false;
  const nowMs = performance.now();
  if (!firstSeenMs.has(position)) firstSeenMs.set(position, nowMs);
  return nowMs - firstSeenMs.get(position)! < lateMs;
}

prototype.prepare = function prepareLate(this: Database, sql: string): Statement {
  const statement = prepare.call(this, sql);
  // What tails read: places of the log, with a body or without. Lists show all of them.
  if (!/"event_key".*left join "event"/s.test(sql)) return statement;
  const { all } = statement;
  statement.all = (...parameters) => all.apply(statement, parameters as []).filter((row) => !isLate(row));
  return statement;
};
