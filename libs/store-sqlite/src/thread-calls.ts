// What the threads of the store say to each other: numbered calls, each with one answer.
import {
  type CheckedEvent,
  type DeadLetter,
  type ErrorCode,
  type GroupChange,
  type GroupState,
  type ListQuery,
  type ListSlice,
  type NewGroup,
  OncelogError,
  type StatsQuery,
  type StoreStats,
  type TailQuery,
  type TailSlice,
} from '@oncelog/core';
import type { Columns, PackedEvents, PackedOutcomes } from '@oncelog/store-sql';
import type { SqliteDurability } from './open-database.ts';
import type { PackedEntries } from './packed-entries.ts';
import type { PackedStoredEvents } from './packed-stored-events.ts';

export interface ThreadOptions {
  readonly directory: string;
  readonly durability: SqliteDurability;
  readonly sourcesCountedMax: number;
  readonly dropsKeptMax: number;
  readonly keysUnindexedMax: number;
}

export interface EventKey {
  readonly topic: string;
  readonly eventId: string;
}

/** A type and not an interface, because only a type counts as a table of calls. */
export type WriterCalls = {
  open: { request: { readonly nowMs: number }; result: { readonly logId: string; readonly head: number } };
  /** The columns come back for the next events; `head` is the highest position now. */
  append: {
    request: { readonly events: PackedEvents; readonly nowMs: number };
    result: { readonly outcomes: PackedOutcomes; readonly columns: Columns; readonly head: number };
  };
  /** By its position; false when it is erased already. */
  erase: { request: number; result: boolean };
  createGroup: { request: NewGroup; result: boolean };
  deleteGroup: { request: string; result: boolean };
  changeGroups: { request: readonly GroupChange[]; result: readonly boolean[] };
  close: { request: undefined; result: undefined };
};

export type ReaderCalls = {
  open: { request: undefined; result: undefined };
  get: { request: EventKey; result: PackedStoredEvents };
  positionOf: { request: EventKey; result: number | undefined };
  /** The first events only, where comparing the contents of all would keep others waiting. */
  check: {
    request: { readonly events: PackedEvents; readonly keysOnly: boolean };
    result: readonly CheckedEvent[];
  };
  list: { request: ListQuery; result: Omit<ListSlice, 'events'> & { readonly events: PackedStoredEvents } };
  tail: { request: TailQuery; result: Omit<TailSlice, 'entries'> & { readonly entries: PackedEntries } };
  stats: { request: StatsQuery; result: StoreStats };
  groups: { request: undefined; result: readonly GroupState[] };
  group: { request: string; result: GroupState | undefined };
  deadLetters: {
    request: { readonly group: string; readonly after: number; readonly max: number };
    result: readonly DeadLetter[];
  };
  close: { request: undefined; result: undefined };
};

export type CallTable = { readonly [name: string]: { readonly request: unknown; readonly result: unknown } };

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly request: unknown;
}

/** An error loses its class and fields when it is cloned, so they travel by name. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly outcome: 'none' | 'unknown';
  readonly retryAfterMs?: number | undefined;
  /** Whether the thread has given up for good. */
  readonly fatal: boolean;
}

export type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly failure: Failure });

export function errorOf({ code, message, outcome, retryAfterMs }: Failure): OncelogError {
  return new OncelogError(code, message, retryAfterMs === undefined ? { outcome } : { outcome, retryAfterMs });
}

/** A failure that no call asked about: the thread has given up for good between two calls. */
export const unaskedId = 0;
