// The one who writes: groups go to the server one after the other, on a connection that nothing else uses.
import { type Content, OncelogError } from '@oncelog/core';
import type { QueryConfig } from 'pg';
import { contentAt, type PackedEvents, type PackedOutcomes } from '@oncelog/store-sql';
import { lacksRoom } from '../postgres-faults.ts';
import type { LogSession } from '../session/log-session.ts';
import {
  type AppendCall,
  appendCall,
  type AppendLimits,
  type AppendRow,
  type AppendVerdict,
  outcomesOf,
} from './append-call.ts';
import { compareContents } from './content-verdicts.ts';
import type { EventPartitions } from './event-partitions.ts';
import type { FirstContents } from './first-contents.ts';

/** Each further one means that other replicas have taken keys of this very group, or all room, since the one before. */
const roundsMax = 20;

export interface LogAppenderParts {
  readonly session: LogSession;
  readonly partitions: EventPartitions;
  readonly firsts: FirstContents;
  readonly limits: AppendLimits;
  readonly clock: () => number;
}

export interface Appended {
  readonly outcomes: PackedOutcomes;
  /** The highest position now. */
  readonly head: number;
}

/** A group under way, for the one that follows it. */
interface Turn {
  readonly number: number;
  /** Resolves when it is answered, one way or the other. */
  readonly ended: Promise<unknown>;
}

export class LogAppender {
  readonly #parts: LogAppenderParts;
  #turns = 0;
  /** The newest group, until it is answered. */
  #newest: Turn | undefined;

  constructor(parts: LogAppenderParts) {
    this.#parts = parts;
  }

  /** Groups commit in the order in which they are given. */
  append(events: PackedEvents): Promise<Appended> {
    const { limits, clock } = this.#parts;
    const call = appendCall(events, clock(), limits);
    const number = (this.#turns += 1);
    const appended = this.#append(events, call, number, this.#newest).finally(() => {
      if (this.#newest?.number === number) this.#newest = undefined;
    });
    this.#newest = { number, ended: appended.catch(() => undefined) };
    return appended;
  }

  /** Resolves when everything that was given is answered. */
  async idle(): Promise<void> {
    await this.#newest?.ended;
  }

  async #append(events: PackedEvents, call: AppendCall, turn: number, before?: Turn): Promise<Appended> {
    const { partitions } = this.#parts;
    const verdicts: AppendVerdict[] = [];
    // Sent while the group before is being stored: the server, which sees to the order, need not wait for us between.
    let after = before?.number ?? 0;
    for (let round = 0; round < roundsMax; round += 1) {
      const row = await this.#call(call({ turn, after, verdicts }), events.count);
      after = 0;
      if (row.out_of_turn) await before?.ended;
      else if (row.undecided) verdicts.push(...(await this.#decide(events, row)));
      else {
        partitions.keepAhead(row.head);
        return { outcomes: outcomesOf(events.count, row), head: row.head };
      }
    }
    const sentence = 'other replicas keep taking the keys of these events; send them again';
    throw new OncelogError('STORE_UNAVAILABLE', sentence, { retryAfterMs: 1000 });
  }

  /** Where the last partition is full, it goes on in the next. */
  async #call(query: QueryConfig, events: number): Promise<AppendRow> {
    const { session, partitions } = this.#parts;
    for (let round = 1; ; round += 1) {
      try {
        return await session.write<AppendRow>(query);
      } catch (error) {
        if (!lacksRoom(error) || round === roundsMax) throw error;
      }
      await partitions.extend(events);
      session.renew();
    }
  }

  async #decide(events: PackedEvents, row: AppendRow): Promise<AppendVerdict[]> {
    const { drop_numbers: numbers, drop_firsts: firsts, drop_sames: sames } = row;
    const open = (numbers ?? []).flatMap((number, index) =>
      sames[index] === null ? [{ number, first: firsts[index]! }] : [],
    );
    const inGroup = new Map<number, Content>();
    const firstOf = (first: number) => {
      if (first > 0) return first;
      const content = inGroup.get(first) ?? contentAt(events, -first - 1);
      inGroup.set(first, content);
      return content;
    };
    const comparisons = open.map(({ number, first }) => {
      return { content: contentAt(events, number - 1), first: firstOf(first) };
    });
    const answers = await compareContents(comparisons, this.#parts.firsts);
    return open.map((each, index) => ({ ...each, same: answers[index]! }));
  }
}
