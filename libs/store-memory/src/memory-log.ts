// What the memory store holds, apart from the store so that a log can be opened again.
import { randomUUID } from 'node:crypto';
import type { Counters, DeadLetter, GroupState, LogEntry, Outstanding } from '@oncelog/core';

export interface MemoryLog {
  readonly logId: string;
  /** The entry of position p is at index p - 1. */
  readonly entries: LogEntry[];
  readonly topics: Map<string, MemoryTopic>;
  readonly sources: Map<string, Tally>;
  readonly total: Tally;
  readonly groups: Map<string, MemoryGroup>;
}

export interface MemoryGroup {
  state: Omit<GroupState, 'outstanding' | 'deadLetterCount'>;
  /** By position. */
  readonly outstanding: Map<number, Outstanding>;
  readonly deadLetters: Map<number, DeadLetter>;
}

export interface MemoryTopic {
  /** By position. */
  readonly positions: number[];
  readonly byId: Map<string, MemoryKey>;
  readonly tally: Tally;
}

/** What is known of an event for ever. */
export interface MemoryKey {
  readonly position: number;
  readonly storedTimeMs: number;
  readonly canonicalDigest: string;
}

export type Tally = { -readonly [name in keyof Counters]: number };

export function createMemoryLog(logId: string = randomUUID()): MemoryLog {
  return { logId, entries: [], topics: new Map(), sources: new Map(), total: emptyTally(), groups: new Map() };
}

export function createMemoryTopic(): MemoryTopic {
  return { positions: [], byId: new Map(), tally: emptyTally() };
}

export function emptyTally(): Tally {
  return { received: 0, stored: 0, duplicates: 0, conflicts: 0 };
}
