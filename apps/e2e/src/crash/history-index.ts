// The entries of a history by call and by key, for the checks to look things up in.
import {
  type Acknowledgement,
  type Failure,
  type HistoryEntry,
  type Invocation,
  keyOf,
  type Reading,
  type SentEvent,
  type StatsReading,
} from './history.ts';

export interface Violation {
  readonly check: string;
  readonly detail: string;
  readonly key?: string;
  readonly call?: string;
}

export type Report = (violation: Violation) => void;

export interface CallSeen {
  readonly id: string;
  readonly invocations: readonly Invocation[];
  /** Of all its invocations, in the order in which they were sent. */
  readonly events: readonly SentEvent[];
  /** Absent when the client never learned how it ended. */
  readonly end: Acknowledgement | Failure | undefined;
}

export interface KeySeen {
  readonly hashes: ReadonlySet<string>;
  /** When it was sent, ascending. */
  readonly invokedMs: readonly number[];
}

export interface Placed {
  readonly position: number;
  readonly hash: string;
}

export interface HistoryIndex {
  /** In time order. */
  readonly entries: readonly HistoryEntry[];
  readonly calls: ReadonlyMap<string, CallSeen>;
  readonly keys: ReadonlyMap<string, KeySeen>;
  readonly readings: readonly Reading[];
  readonly stats: readonly StatsReading[];
  /** Whether a broker stood in front of the log: answers then promise that events will be stored, and not where. */
  readonly brokered: boolean;
  /** The last reading from the beginning over gRPC, by key; the first place wins when one is listed twice. */
  readonly final: ReadonlyMap<string, Placed>;
}

export function indexHistory(entries: readonly HistoryEntry[]): HistoryIndex {
  const calls = new Map<string, CallSeen & { invocations: Invocation[]; events: SentEvent[]; end: CallSeen['end'] }>();
  const keys = new Map<string, KeySeen & { hashes: Set<string>; invokedMs: number[] }>();
  const callOf = (id: string) => {
    const call = calls.get(id) ?? { id, invocations: [], events: [], end: undefined };
    calls.set(id, call);
    return call;
  };
  for (const entry of entries) {
    if (entry.kind === 'inv') {
      const call = callOf(entry.call);
      call.invocations.push(entry);
      call.events.push(...entry.events);
      for (const event of entry.events) {
        const seen = keys.get(keyOf(event)) ?? { hashes: new Set(), invokedMs: [] };
        seen.hashes.add(event.hash);
        seen.invokedMs.push(entry.atMs);
        keys.set(keyOf(event), seen);
      }
    } else if (entry.kind === 'ack' || entry.kind === 'fail') callOf(entry.call).end = entry;
  }
  const readings = entries.filter((entry) => entry.kind === 'read');
  const stats = entries.filter((entry) => entry.kind === 'stats');
  const brokered = entries.some((entry) => entry.kind === 'ack' && wasAccepted(entry));
  return { entries, calls, keys, readings, stats, brokered, final: placesOf(lastWhole(readings, 'grpc')) };
}

/** What was answered until then must show in the reading: until its start, or until the broker was last empty. */
export function boundUntilMs({ entries, brokered }: HistoryIndex, { startedMs }: Reading | StatsReading): number {
  if (!brokered) return startedMs;
  const settled = entries.findLast((entry) => entry.kind === 'settled' && entry.atMs <= startedMs);
  return settled?.atMs ?? -Infinity;
}

function wasAccepted({ outcomes, summary }: Acknowledgement): boolean {
  return (summary?.accepted ?? 0) > 0 || outcomes?.some(({ status }) => status === 'accepted') === true;
}

export function lastWhole(readings: readonly Reading[], through: Reading['through']): Reading | undefined {
  return readings.findLast((reading) => reading.through === through && reading.after === 0);
}

function placesOf(reading: Reading | undefined): Map<string, Placed> {
  const places = new Map<string, Placed>();
  for (const event of reading?.events ?? []) if (!places.has(keyOf(event))) places.set(keyOf(event), event);
  return places;
}
