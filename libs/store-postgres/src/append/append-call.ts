// The call of the one hot statement: its parameters from columns, its answer back into outcomes.
import { digestBytes } from '@oncelog/core';
import { emptyOutcomes, type PackedEvents, type PackedOutcomes, setOutcome } from '@oncelog/store-sql';
import type { QueryConfig } from 'pg';
import { boolArray, byteaArray, fixedByteaArray, int4Array, int8Array, textArray } from './binary-arrays.ts';

export interface AppendLimits {
  readonly sourcesCountedMax: number;
  readonly dropsKeptMax: number;
}

/** Whether an event says the same as the first of its key, where their digests differ. */
export interface AppendVerdict {
  /** Of the event in its group, from 1. */
  readonly number: number;
  /** Position of the first, or minus its number in the same group. */
  readonly first: number;
  readonly same: boolean;
}

/** A turn is the number of a call of this process; each connection knows which was the last that stored its events. */
export interface AppendRound {
  readonly turn: number;
  /** The turn that must have been the last one, or 0 where it does not matter. */
  readonly after: number;
  readonly verdicts: readonly AppendVerdict[];
}

export interface AppendRow {
  /** Nothing was looked at: the turn before has not stored its events, or not on this connection. */
  readonly out_of_turn: boolean;
  readonly head: number;
  readonly time_ms: number;
  readonly undecided: boolean;
  readonly drop_numbers: readonly number[] | null;
  readonly drop_firsts: readonly number[];
  readonly drop_times: readonly number[];
  readonly drop_sames: readonly (boolean | null)[];
}

const parametersCount = 22;
const parameterList = Array.from({ length: parametersCount }, (_, index) => `$${index + 1}`).join(', ');
const text = `select * from append_events(${parameterList})`;

export type AppendCall = (round: AppendRound) => QueryConfig;

/** Reads the columns at once: they may be given back afterwards. */
export function appendCall(events: PackedEvents, nowMs: number, limits: AppendLimits): AppendCall {
  const { count, columns } = events;
  const parameters = [
    nowMs,
    limits.sourcesCountedMax,
    limits.dropsKeptMax,
    textArray(events.topicNames),
    textArray(events.sourceNames),
    textArray(events.contentTypeNames),
    // PostgreSQL counts from 1.
    int4Array(columns.topics, count, 1),
    int4Array(columns.sources, count, 1),
    int4Array(columns.contentTypes, count, 1),
    int8Array(columns.seconds, count),
    int4Array(columns.nanos, count),
    byteaArray(columns.ids, columns.idEnds, count),
    fixedByteaArray(columns.digests, digestBytes, count),
    textArray(events.attributes),
    byteaArray(columns.contents, columns.contentEnds, count),
    ...repeatsIn(events),
  ];
  return ({ turn, after, verdicts }) => ({
    name: 'append_events',
    text,
    values: [
      turn,
      after,
      ...parameters,
      int4Array(
        verdicts.map(({ number }) => number),
        verdicts.length,
      ),
      int8Array(
        verdicts.map(({ first }) => first),
        verdicts.length,
      ),
      boolArray(verdicts.map(({ same }) => same)),
    ],
  });
}

/** Events whose key came before in the same group, and where it came first. */
function repeatsIn({ count, columns }: PackedEvents): [numbers: Buffer, firsts: Buffer] {
  const ids = Buffer.from(columns.ids.buffer);
  const firstOf = new Map<string, number>();
  const numbers: number[] = [];
  const firsts: number[] = [];
  for (let index = 0, start = 0; index < count; index += 1) {
    const end = columns.idEnds[index]!;
    const key = `${columns.topics[index]!} ${ids.toString('latin1', start, end)}`;
    const first = firstOf.get(key);
    if (first === undefined) firstOf.set(key, index + 1);
    else {
      numbers.push(index + 1);
      firsts.push(first);
    }
    start = end;
  }
  return [int4Array(numbers, numbers.length), int4Array(firsts, firsts.length)];
}

/** Everything that is not among the drops was stored, one after the other. */
export function outcomesOf(count: number, row: AppendRow): PackedOutcomes {
  const outcomes = emptyOutcomes(count);
  const { drop_numbers: drops, drop_firsts: firsts, drop_times: times, drop_sames: sames } = row;
  let position = row.head - (count - (drops?.length ?? 0));
  for (let index = 0, drop = 0; index < count; index += 1) {
    if (drops?.[drop] === index + 1) {
      setOutcome(outcomes, index, sames[drop] ? 'duplicate' : 'conflict', firsts[drop]!, times[drop]!);
      drop += 1;
    } else setOutcome(outcomes, index, 'stored', (position += 1), row.time_ms);
  }
  return outcomes;
}
