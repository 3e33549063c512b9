// One slice of what follows a position, erased events included: what live readers go on with at every commit.
import type { LogEntry, TailQuery, TailSlice } from '@oncelog/core';
import { countFitting } from './count-fitting.ts';
import type { LogDatabase } from './entities.ts';
import { logEntryOf, selectLogEntries } from './log-entry-row.ts';
import { readHead } from './read-head.ts';
import { findMatches } from './tail-matches.ts';
import { planScan } from './tail-scan.ts';

export async function tailEvents(db: LogDatabase, query: TailQuery): Promise<TailSlice> {
  const { filter, after, eventsMax, bytesMax } = query;
  const head = await readHead(db);
  if (after >= head) return { entries: [], scannedTo: after, head };
  const scan = await planScan(db, query, head);
  const matches = await findMatches(db, filter, scan, eventsMax + 1);
  const positions = matches.map(({ position }) => position).slice(0, countFitting(matches, eventsMax, bytesMax));
  const entries = await readEntries(db, positions);
  return { entries, scannedTo: positions.length < matches.length ? positions.at(-1)! : scan.last, head };
}

async function readEntries(db: LogDatabase, positions: readonly number[]): Promise<readonly LogEntry[]> {
  const [first, last] = [positions[0], positions.at(-1)];
  if (first === undefined || last === undefined) return [];
  const dense = last - first + 1 === positions.length;
  const range = selectLogEntries(db, { first, last });
  const entries = dense ? range : range.where('event_key.position', 'in', positions);
  return (await entries.orderBy('event_key.position').execute()).map(logEntryOf);
}
