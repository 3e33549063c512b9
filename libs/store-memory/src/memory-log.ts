// What the memory store holds, apart from the store so that a log can be opened again.
import { randomUUID } from 'node:crypto';
import type { Counters, StoredEvent } from '@oncelog/core';

export interface MemoryLog {
  readonly logId: string;
  /** The event at position p is at index p - 1. */
  readonly events: StoredEvent[];
  readonly topics: Map<string, MemoryTopic>;
  readonly sources: Map<string, Tally>;
  readonly total: Tally;
}

export interface MemoryTopic {
  /** In position order. */
  readonly events: StoredEvent[];
  readonly byId: Map<string, StoredEvent>;
  readonly tally: Tally;
}

export type Tally = { -readonly [name in keyof Counters]: number };

export function createMemoryLog(logId: string = randomUUID()): MemoryLog {
  return { logId, events: [], topics: new Map(), sources: new Map(), total: emptyTally() };
}

export function createMemoryTopic(): MemoryTopic {
  return { events: [], byId: new Map(), tally: emptyTally() };
}

export function emptyTally(): Tally {
  return { received: 0, stored: 0, duplicates: 0, conflicts: 0 };
}
