// Where things are in the log: an instant, the content of given positions.
import {
  bodyBytes,
  type EventFilter,
  everyEvent,
  type EventStore,
  isErased,
  type LogEntry,
  OncelogError,
} from '@oncelog/core';
import { headOf } from '../log-head.ts';

const oneEntry = { filter: everyEvent, eventsMax: 1, bytesMax: 1, scanMax: 1 };

/**
 * Positions so close together are read at once, with what lies between: a read costs what some 16 small events do, and
 * after a member has vanished a thousand may be due in one run.
 */
const gapMax = 16;

/** The last position stored before an instant, by bisecting: stored times never run backwards. */
export async function lastPositionBefore(store: EventStore, timeMs: number): Promise<number> {
  let before = 0;
  let notBefore = (await headOf(store)) + 1;
  while (notBefore - before > 1) {
    const middle = Math.floor((before + notBefore) / 2);
    const [entry] = (await store.tail({ ...oneEntry, after: middle - 1 })).entries;
    if (!entry) throw missing(middle);
    if (entry.storedTimeMs < timeMs) before = middle;
    else notBefore = middle;
  }
  return before;
}

/**
 * The entries at positions that pass the filter, in their order; the last ones are left out when the bytes do not
 * suffice, never the first.
 */
export async function readEntries(
  store: EventStore,
  filter: EventFilter,
  positions: readonly number[],
  bytesMax: number,
): Promise<LogEntry[]> {
  const found: LogEntry[] = [];
  let bytesLeft = bytesMax;
  for (let next = 0; next < positions.length && bytesLeft > 0;) {
    const run = runFrom(positions, next);
    const first = run[0]!;
    const span = run.at(-1)! - first + 1;
    const slice = await store.tail({ filter, after: first - 1, eventsMax: span, bytesMax: bytesLeft, scanMax: span });
    const entries = new Map(slice.entries.map((entry) => [entry.position, entry]));
    for (const position of run) {
      if (position > slice.scannedTo) break;
      const entry = entries.get(position);
      if (!entry) throw missing(position);
      bytesLeft -= bytesOf(entry);
      if (bytesLeft < 0 && found.length > 0) return found;
      found.push(entry);
      next += 1;
    }
  }
  return found;
}

export function bytesOf(entry: LogEntry): number {
  return isErased(entry) ? 0 : bodyBytes(entry);
}

function runFrom(positions: readonly number[], start: number): number[] {
  let end = start + 1;
  while (end < positions.length && positions[end]! - positions[end - 1]! <= gapMax) end += 1;
  return positions.slice(start, end);
}

function missing(position: number): OncelogError {
  return new OncelogError('DATA_CORRUPTED', `nothing is stored at position ${position}, which was delivered before`);
}
