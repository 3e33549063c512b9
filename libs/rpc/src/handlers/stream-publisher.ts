// One stream of publishes, message by message: each is checked as it comes, and many wait for their commit together.
import { bodyBytes, emptySummary, type NewEvent, type PublishSummary, summarize } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { MessageGatherer } from './message-gatherer.ts';
import { noEvents } from './publish.ts';

/**
 * What of one stream may wait for its commit; the rest stays with the sender, held back by the transport's own flow
 * control. Counted in messages, a stream of single events would pay a flush for every few of them.
 */
const eventsAheadMax = 16_000;
const bytesAheadMax = 4 * 1024 * 1024;

/** Ends a stream: why, and what of it is committed. */
export class StreamFailure extends Error {
  readonly summary: PublishSummary;

  constructor(cause: unknown, summary: PublishSummary) {
    super('the stream ended before its end', { cause });
    this.name = 'StreamFailure';
    this.summary = summary;
  }
}

export interface StreamPublisherOptions {
  readonly eventsMax: number;
  /** Ends the wait for room in the queue. */
  readonly signal: AbortSignal;
  /** The sender that was held back may go on. */
  readonly onRoom: () => void;
  /** Nothing more of the stream is taken. */
  readonly onFailure: () => void;
}

export class StreamPublisher {
  readonly #ingest: Ingest;
  readonly #options: StreamPublisherOptions;
  readonly #gatherer = new MessageGatherer((events, bytes) => this.#publish(events, bytes));
  #eventsAhead = 0;
  #bytesAhead = 0;
  #held = false;
  #failure: { readonly cause: unknown } | undefined;
  #summary = emptySummary;
  #onSettled: (() => void) | undefined;

  constructor(ingest: Ingest, options: StreamPublisherOptions) {
    this.#ingest = ingest;
    this.#options = options;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether the next message may come at once. Nothing after a bad one is stored. */
  push(events: readonly NewEvent[]): boolean {
    if (this.#failure) return true;
    try {
      if (events.length === 0) throw noEvents();
      this.#ingest.check(events, this.#options);
    } catch (cause) {
      this.fail(cause);
      return true;
    }
    let bytes = 0;
    for (const event of events) bytes += bodyBytes(event);
    this.#eventsAhead += events.length;
    this.#bytesAhead += bytes;
    this.#gatherer.add(events, bytes);
    this.#held = !this.#hasRoom();
    return !this.#held;
  }

  /** Ends the stream; what was taken of it is committed nevertheless. */
  fail(cause: unknown): void {
    if (this.#failure) return;
    this.#failure = { cause };
    this.#gatherer.send();
    this.#options.onFailure();
  }

  /** Resolves, or rejects with StreamFailure, when everything taken has been committed. */
  async end(): Promise<PublishSummary> {
    this.#gatherer.send();
    if (this.#eventsAhead > 0) await new Promise<void>((resolve) => (this.#onSettled = resolve));
    if (this.#failure) throw new StreamFailure(this.#failure.cause, this.#summary);
    return this.#summary;
  }

  #hasRoom(): boolean {
    return this.#eventsAhead < eventsAheadMax && this.#bytesAhead < bytesAheadMax;
  }

  #publish(events: readonly NewEvent[], bytes: number): void {
    const { eventsMax, signal } = this.#options;
    this.#ingest
      .publish(events, { eventsMax, whenFull: 'wait', signal, checked: true })
      .then((outcomes) => (this.#summary = summarize(outcomes, this.#summary)))
      .catch((cause: unknown) => this.fail(cause))
      .finally(() => this.#settle(events.length, bytes));
  }

  #settle(events: number, bytes: number): void {
    this.#eventsAhead -= events;
    this.#bytesAhead -= bytes;
    if (this.#eventsAhead === 0) this.#onSettled?.();
    if (!this.#held || !this.#hasRoom()) return;
    this.#held = false;
    this.#options.onRoom();
  }
}
