// One session of publishes: what a stream does, with an answer to every message in the order of the messages.
import { bodyBytes, type ErrorCode, type NewEvent, OncelogError, type Outcome } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { MessageGatherer } from './message-gatherer.ts';
import { noEvents } from './publish.ts';
import { windowEvents } from './session-window.ts';

/** What of one session may wait for its commit; the rest stays with the sender, as in a stream. */
const bytesAheadMax = 4 * 1024 * 1024;

/**
 * What a refused message takes of the window at least: a failure that waits to be read weighs some kilobytes, and a
 * client that reads none of them keeps 160 waiting.
 */
const refusalEvents = 100;

/** A message that breaks one of these is refused by itself; any other failure ends the session. */
const refusals: ReadonlySet<ErrorCode> = new Set(['RULE_BROKEN', 'TOO_MANY_EVENTS', 'EVENT_TOO_LARGE']);

export function isRefusal(error: unknown): error is OncelogError {
  return error instanceof OncelogError && refusals.has(error.code);
}

export interface SessionAnswer {
  /** One for each event of the message; undefined when it was refused, and in the first answer. */
  readonly outcomes?: readonly Outcome[];
  readonly failure?: OncelogError;
  /** The window, when it is not as it was told last. */
  readonly windowEvents?: number;
}

export interface SessionPublisherOptions {
  readonly eventsMax: number;
  /** Ends the wait for room in the queue. */
  readonly signal: AbortSignal;
  /** The sender that was held back may go on. */
  readonly onRoom: () => void;
  /** There may be answers to take, or the session has failed or is over. */
  readonly onProgress: () => void;
  readonly onRefused: (refusal: OncelogError) => void;
}

/** Messages that share a transaction, each as the number of its events or as why it was refused. */
interface Batch {
  readonly messages: (number | OncelogError)[];
  result: { readonly outcomes: readonly Outcome[] } | { readonly cause: unknown } | undefined;
  /** Answers taken, and the events they were about. */
  answered: number;
  answeredEvents: number;
}

export class SessionPublisher {
  readonly #ingest: Ingest;
  readonly #options: SessionPublisherOptions;
  readonly #gatherer = new MessageGatherer((events, bytes) => void this.#publish(events, bytes));
  /** Those with a message that waits for its answer, in the order of the messages; the last may still be gathered. */
  readonly #batches: Batch[] = [];
  #gathering: Batch | undefined;
  #unsettled = 0;
  /** Without an answer that was taken: an answer that nobody reads holds its sender back like a commit. */
  #eventsAhead = 0;
  #bytesAhead = 0;
  #held = false;
  #windowTold = 0;
  #closed = false;
  #abandoned = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(ingest: Ingest, options: SessionPublisherOptions) {
    this.#ingest = ingest;
    this.#options = options;
  }

  /** Nothing more is taken of the session. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Everything that was taken is committed, and there are no more answers to take. */
  get isOver(): boolean {
    return this.#closed && this.#unsettled === 0 && !this.#canAnswer;
  }

  /** Whether the next message may come at once. What reading the message throws decides like a broken rule. */
  push(read: () => readonly NewEvent[]): boolean {
    if (this.#closed) return true;
    try {
      const events = read();
      if (events.length === 0) throw noEvents();
      this.#ingest.check(events, this.#options);
      this.#gather(events);
    } catch (error) {
      if (!isRefusal(error)) {
        this.fail(error);
        return true;
      }
      this.#refuse(error);
    }
    this.#held = !this.#hasRoom();
    return !this.#held;
  }

  /** The next answer, as far as commits and the order of the messages allow one. */
  take(): SessionAnswer | undefined {
    if (this.#windowTold === 0 && !this.#abandoned) return this.#withWindow({});
    if (!this.#canAnswer) return undefined;
    const batch = this.#batches[0]!;
    const message = batch.messages[batch.answered]!;
    batch.answered += 1;
    if (batch.answered === batch.messages.length) this.#batches.shift();
    if (message instanceof OncelogError) return this.#answer(refusalEvents, { failure: message });
    const { outcomes } = batch.result as { readonly outcomes: readonly Outcome[] };
    const from = batch.answeredEvents;
    batch.answeredEvents += message;
    return this.#answer(message, { outcomes: outcomes.slice(from, from + message) });
  }

  /** Ends the session early; what was taken of it is committed nevertheless. */
  fail(cause: unknown): void {
    if (this.#closed) return;
    this.#failure = { cause };
    this.end();
  }

  /** Ends it without its answers: nobody reads them. */
  abandon(cause: unknown): void {
    if (this.isOver) return;
    this.#abandoned = true;
    this.#failure = { cause };
    this.end();
  }

  /** Nothing more comes. */
  end(): void {
    this.#closed = true;
    this.#gatherer.send();
    this.#options.onProgress();
  }

  /** Once it is over: throws what ended it, as the status of everything that has no answer. */
  assertWhole(): void {
    const unanswered = this.#batches[0]?.result;
    if (!this.#abandoned && unanswered && 'cause' in unanswered) throw this.#asToTheRest(unanswered.cause);
    if (this.#failure) throw this.#failure.cause;
  }

  get #canAnswer(): boolean {
    const [first] = this.#batches;
    if (this.#abandoned || first?.result === undefined || 'cause' in first.result) return false;
    return first.answered < first.messages.length;
  }

  #gather(events: readonly NewEvent[]): void {
    let bytes = 0;
    for (const event of events) bytes += bodyBytes(event);
    this.#eventsAhead += events.length;
    this.#bytesAhead += bytes;
    // First, because what was gathered before may go out to make room.
    this.#gatherer.add(events, bytes);
    this.#gathering ??= this.#begin(undefined);
    this.#gathering.messages.push(events.length);
  }

  /** Goes with the last message before it, so that its answer has its place in their order. */
  #refuse(refusal: OncelogError): void {
    this.#eventsAhead += refusalEvents;
    const batch = this.#batches.at(-1) ?? this.#begin({ outcomes: [] });
    batch.messages.push(refusal);
    this.#options.onRefused(refusal);
    this.#options.onProgress();
  }

  #begin(result: Batch['result']): Batch {
    const batch: Batch = { messages: [], result, answered: 0, answeredEvents: 0 };
    this.#batches.push(batch);
    return batch;
  }

  async #publish(events: readonly NewEvent[], bytes: number): Promise<void> {
    const batch = this.#gathering!;
    this.#gathering = undefined;
    this.#unsettled += 1;
    const { eventsMax, signal } = this.#options;
    try {
      const outcomes = await this.#ingest.publish(events, { eventsMax, whenFull: 'wait', signal, checked: true });
      batch.result = { outcomes };
    } catch (cause) {
      batch.result = { cause };
      this.fail(cause);
    }
    this.#unsettled -= 1;
    this.#bytesAhead -= bytes;
    this.#options.onProgress();
    this.#releaseIfRoom();
  }

  #answer(events: number, answer: SessionAnswer): SessionAnswer {
    this.#eventsAhead -= events;
    this.#releaseIfRoom();
    return this.#withWindow(answer);
  }

  #withWindow(answer: SessionAnswer): SessionAnswer {
    const window = this.#window;
    if (window === this.#windowTold) return answer;
    this.#windowTold = window;
    return { ...answer, windowEvents: window };
  }

  get #window(): number {
    return windowEvents(this.#ingest.queueFill);
  }

  #hasRoom(): boolean {
    return this.#eventsAhead < this.#window && this.#bytesAhead < bytesAheadMax;
  }

  #releaseIfRoom(): void {
    if (!this.#held || !this.#hasRoom()) return;
    this.#held = false;
    this.#options.onRoom();
  }

  /** A later batch may be stored although an earlier one was not: then nobody can say that nothing was. */
  #asToTheRest(cause: unknown): unknown {
    if (!(cause instanceof OncelogError) || cause.outcome === 'unknown') return cause;
    const nothing = this.#batches.every(({ result }) => result && 'cause' in result && isNone(result.cause));
    if (nothing) return cause;
    const { code, message, violations, retryAfterMs } = cause;
    return new OncelogError(code, message, {
      violations,
      outcome: 'unknown',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      cause,
    });
  }
}

/** What was taken may be stored, and is not answered. */
export function answersUnread(limitMs: number): OncelogError {
  const description = `has read no answer for ${limitMs / 1000} s; send what has none again, with the same ids`;
  return new OncelogError('READER_STALLED', `reader: ${description}`, {
    violations: [{ field: 'reader', description, limit: limitMs }],
    outcome: 'unknown',
  });
}

function isNone(cause: unknown): boolean {
  return cause instanceof OncelogError && cause.outcome === 'none';
}
