// What clients and readers saw, written down outside the server: one append-only JSONL file each.
import { hash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SentEvent {
  readonly topic: string;
  readonly eventId: string;
  readonly hash: string;
}

export interface ReadEvent extends SentEvent {
  readonly position: number;
}

/** accepted: a broker has it, and the log will. */
export type Status = 'stored' | 'duplicate' | 'conflict' | 'accepted';

export interface SeenOutcome {
  readonly status: Status;
  /** 0 while it is only accepted. */
  readonly position: number;
}

export interface SeenCounters {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

export interface SeenSummary extends SeenCounters {
  readonly accepted: number;
}

/** Written before the events are sent; a stream has one for each of its messages. */
export interface Invocation {
  readonly kind: 'inv';
  readonly call: string;
  readonly atMs: number;
  /** For one attempt of the whole call. */
  readonly deadlineMs: number;
  readonly events: readonly SentEvent[];
}

/** A unary call is answered with outcomes, a stream with a summary. */
export interface Acknowledgement {
  readonly kind: 'ack';
  readonly call: string;
  readonly atMs: number;
  readonly outcomes?: readonly SeenOutcome[];
  readonly summary?: SeenSummary;
}

/** none: nothing of the call is stored by it. unknown: some of it may be. */
export interface Failure {
  readonly kind: 'fail';
  readonly call: string;
  readonly atMs: number;
  readonly outcome: 'none' | 'unknown';
}

/** All events after a position, in the order in which they came, through one interface. */
export interface Reading {
  readonly kind: 'read';
  readonly through: 'grpc' | 'rest';
  readonly startedMs: number;
  readonly atMs: number;
  readonly after: number;
  readonly events: readonly ReadEvent[];
}

export interface StatsReading {
  readonly kind: 'stats';
  readonly startedMs: number;
  readonly atMs: number;
  readonly counters: SeenCounters;
}

/** The broker held nothing any more: whatever it had accepted before is in the log. */
export interface Settlement {
  readonly kind: 'settled';
  readonly atMs: number;
}

export type HistoryEntry = Invocation | Acknowledgement | Failure | Reading | StatsReading | Settlement;

/** Returns what appends to the file of one client; written through before it returns. */
export function openHistory(folder: string, client: string): (entry: HistoryEntry) => void {
  const file = join(folder, `${client}.jsonl`);
  return (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** Every client's entries, by the one clock that all of them share. */
export function readHistory(folder: string): HistoryEntry[] {
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
  return lines.map((line) => JSON.parse(line) as HistoryEntry).sort((a, b) => a.atMs - b.atMs);
}

export function contentHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'hex').slice(0, 16);
}

export function keyOf({ topic, eventId }: { readonly topic: string; readonly eventId: string }): string {
  return `${topic}/${eventId}`;
}
