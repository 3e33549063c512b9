// Lines in, outcomes out, in the order of the lines: gathered into batches, of which a bounded number waits.
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import {
  emptySummary,
  type Limits,
  type NewEvent,
  type OncelogError,
  type Outcome,
  type PublishSummary,
  summarize,
} from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { asOncelogError } from '../../failures/as-oncelog-error.ts';
import { StreamFailure } from '../../handlers/stream-publisher.ts';
import { parseEventLine } from '../publish-body.ts';
import { lineError, lineTooLong } from './line-error.ts';
import { type Line, LineSplitter } from './line-splitter.ts';

/** Events that arrive together share one transaction: as many as a message of a stream holds. */
const batchLinesMax = 1000;
const batchBytesMax = 1024 * 1024;

/** What may wait for its commit or for its answer to be taken; the rest stays with the sender. */
const linesAheadMax = 8000;
const bytesAheadMax = 4 * 1024 * 1024;

export type SettledLine =
  | { readonly number: number; readonly event: NewEvent; readonly outcome: Outcome }
  | { readonly number: number; readonly error: OncelogError };

export interface LinePublisherOptions {
  readonly ingest: Ingest;
  readonly limits: Limits;
  /**
   * Told of all lines but the empty ones, in their order; those of a commit that failed are left out. Resolves when
   * there is room for more answers.
   */
  readonly answer: (lines: readonly SettledLine[]) => Promise<void>;
  /** Nothing more of the body will be taken. */
  readonly onFailure: (cause: unknown) => void;
}

type ReadLine =
  | { readonly number: number; readonly event: NewEvent }
  | { readonly number: number; readonly error: OncelogError };

export class LinePublisher {
  readonly #ingest: Ingest;
  readonly #limits: Limits;
  readonly #answer: LinePublisherOptions['answer'];
  readonly #onFailure: LinePublisherOptions['onFailure'];
  readonly #splitter: LineSplitter;
  #batch: ReadLine[] = [];
  #batchBytes = 0;
  #linesRead = 0;
  #refused = 0;
  #summary = emptySummary;
  #linesAhead = 0;
  #bytesAhead = 0;
  #onSettled: () => void = () => {};
  #failure: { readonly cause: unknown } | undefined;
  /** Everything that was handed over; batches are answered one after another. */
  #answered: Promise<void> = Promise.resolve();

  constructor({ ingest, limits, answer, onFailure }: LinePublisherOptions) {
    this.#ingest = ingest;
    this.#limits = limits;
    this.#answer = answer;
    this.#onFailure = onFailure;
    this.#splitter = new LineSplitter(limits.requestBytesMax);
  }

  /** Empty ones included. */
  get linesRead(): number {
    return this.#linesRead;
  }

  /** Lines that hold no event that may be stored. */
  get refused(): number {
    return this.#refused;
  }

  get summary(): PublishSummary {
    return this.#summary;
  }

  /** What has been read and not been answered. */
  get bytesAhead(): number {
    return this.#bytesAhead + this.#batchBytes;
  }

  /** Reads the body to its end. Resolves, or rejects with StreamFailure, when all that was read has been answered. */
  async publish(body: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const chunk of body) {
        for (const line of this.#splitter.add(chunk)) if (this.#read(line)) await this.#send();
        await this.#send();
      }
      const last = this.#splitter.end();
      if (last) this.#read(last);
      await this.#send();
    } catch (cause) {
      this.#fail(cause);
    }
    await this.#answered;
    if (this.#failure) throw new StreamFailure(this.#failure.cause, this.#summary);
  }

  /** Whether the batch is full. */
  #read(line: Line): boolean {
    this.#linesRead = line.number;
    const read = this.#parse(line);
    if (!read) return false;
    this.#batch.push(read);
    this.#batchBytes += line.bytes?.length ?? 0;
    return this.#batch.length >= batchLinesMax || this.#batchBytes >= batchBytesMax;
  }

  #parse(line: Line): ReadLine | undefined {
    const { number, bytes } = line;
    if (!bytes) return { number, error: lineTooLong(line, this.#limits) };
    try {
      const event = parseEventLine(bytes, this.#limits);
      if (event) this.#ingest.check([event], { eventsMax: 1 });
      return event && { number, event };
    } catch (error) {
      return { number, error: lineError(error) };
    }
  }

  /** Hands the batch over and waits until another one may follow. */
  async #send(): Promise<void> {
    // Lines that are refused wait for no commit: 200,000 of them kept everybody else waiting for 2.6 s.
    if (!this.#commit()) await turnOfOthers();
    while (this.#linesAhead > linesAheadMax || this.#bytesAhead > bytesAheadMax) {
      await new Promise<void>((resolve) => (this.#onSettled = resolve));
    }
    if (this.#failure) throw this.#failure.cause;
  }

  /** Whether there was anything to commit. */
  #commit(): boolean {
    const [lines, bytes] = [this.#batch, this.#batchBytes];
    if (lines.length === 0) return false;
    this.#batch = [];
    this.#batchBytes = 0;
    this.#linesAhead += lines.length;
    this.#bytesAhead += bytes;
    const events = lines.flatMap((line) => ('event' in line ? [line.event] : []));
    const options = { eventsMax: batchLinesMax, whenFull: 'wait', checked: true } as const;
    const committed = events.length === 0 ? Promise.resolve([]) : this.#ingest.publish(events, options);
    // It may fail long before its turn to be answered.
    committed.catch(() => {});
    this.#answered = this.#settle(lines, committed, this.#answered)
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => {
        this.#linesAhead -= lines.length;
        this.#bytesAhead -= bytes;
        this.#onSettled();
      });
    return events.length > 0;
  }

  /** The first failure counts, unless only a later one leaves open what is stored. */
  #fail(cause: unknown): void {
    if (!this.#failure || (isOpen(cause) && !isOpen(this.#failure.cause))) this.#failure = { cause };
    this.#onFailure(cause);
  }

  async #settle(lines: readonly ReadLine[], committed: Promise<Outcome[]>, before: Promise<void>): Promise<void> {
    await before;
    const outcomes = await committed;
    this.#summary = summarize(outcomes, this.#summary);
    this.#refused += lines.length - outcomes.length;
    let next = 0;
    await this.#answer(lines.map((line) => ('event' in line ? { ...line, outcome: outcomes[next++]! } : line)));
  }
}

function isOpen(cause: unknown): boolean {
  return asOncelogError(cause).outcome === 'unknown';
}
