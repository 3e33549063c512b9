// Publishing event by event: gathered into batches, sent through a session, bounded in memory.
import type { Event, Outcome } from '@oncelog/protocol';
import { BufferedEvents, type BufferedEvent } from './buffered-events.ts';
import { OncelogClientError, refused } from '../failures/client-error.ts';
import { eventBytes } from '../events/event-bytes.ts';
import { type EventDraft, newEvent } from '../events/event-draft.ts';
import { refusedEvents } from './refused-events.ts';
import type { OnRetry } from '../calls/retry.ts';
import type { PublishSessionOptions } from './session-publishing.ts';
import { uuidV7 } from '../events/uuid-v7.ts';

export interface PublisherOptions {
  /** A batch goes out when it is full: 500 events, at most 1,000. */
  readonly batchEventsMax?: number | undefined;
  /** The same in bytes: 1 MiB, at most 2 of the 4 that a message may have. */
  readonly batchBytesMax?: number | undefined;
  /** How long an event waits for others while a batch is on its way; when none is, it goes at once. 5 ms. */
  readonly lingerMs?: number | undefined;
  /** Events without an outcome that are kept: 10,000. */
  readonly bufferEventsMax?: number | undefined;
  /** The same in bytes: 16 MiB. */
  readonly bufferBytesMax?: number | undefined;
  readonly onRetry?: OnRetry | undefined;
}

const mebibyte = 1024 * 1024;

/** What each may be: by default, and at most. */
const bounds = {
  batchEventsMax: { byDefault: 500, min: 1, max: 1000 },
  batchBytesMax: { byDefault: mebibyte, min: 1, max: 2 * mebibyte },
  lingerMs: { byDefault: 5, min: 0, max: 60_000 },
  bufferEventsMax: { byDefault: 10_000, min: 1, max: 1_000_000 },
  bufferBytesMax: { byDefault: 16 * mebibyte, min: 1, max: 1024 * mebibyte },
} as const;

type Bounded = { readonly [name in keyof typeof bounds]: number };

export type PublishBatches = (batches: AsyncIterable<Event[]>, options: PublishSessionOptions) => Promise<unknown>;

export class EventPublisher {
  readonly #publishBatches: PublishBatches;
  readonly #bounds: Bounded;
  readonly #onRetry: OnRetry | undefined;
  readonly #buffer: BufferedEvents;
  /** Batches that were handed to the session, in their order. */
  #onTheirWay: BufferedEvent[][] = [];
  #running: Promise<void> | undefined;
  #wake = () => {};
  #linger: ReturnType<typeof setTimeout> | undefined;
  #hasLingered = false;
  /** Flushes that are under way: nothing lingers meanwhile. */
  #flushes = 0;
  #closing = false;

  constructor(publishBatches: PublishBatches, options: PublisherOptions = {}) {
    this.#publishBatches = publishBatches;
    this.#bounds = boundedBy(options);
    this.#onRetry = options.onRetry;
    const { bufferEventsMax, bufferBytesMax } = this.#bounds;
    this.#buffer = new BufferedEvents({ eventsMax: bufferEventsMax, bytesMax: bufferBytesMax });
  }

  /**
   * Resolves when the event is stored, or was before, or a broker holds it durably; an id is made for it when it has
   * none. Events are stored in the order of these calls. When the buffer is full an event waits for room first: whoever
   * publishes without waiting for outcomes awaits `ready()` between two events, or keeps all of them in memory himself.
   */
  publish(draft: EventDraft | Event): Promise<Outcome> {
    try {
      if (this.#closing) throw new OncelogClientError('CANCELLED', 'the publisher is closed', { outcome: 'none' });
      const event = eventOf(draft);
      const { promise: outcome, resolve, reject } = Promise.withResolvers<Outcome>();
      this.#buffer.add({ event, bytes: eventBytes(event), resolve, reject, outcome });
      this.#proceed();
      return outcome;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves when the buffer has room. */
  ready(): Promise<void> {
    return this.#buffer.room();
  }

  /** Resolves when every event published so far has its outcome or its failure, which its own promise tells. */
  async flush(): Promise<void> {
    this.#flushes += 1;
    this.#proceed();
    await Promise.allSettled(this.#buffer.unsettled.map(({ outcome }) => outcome));
    this.#flushes -= 1;
  }

  /** Takes no more events, and resolves when those it took are settled. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#proceed();
    while (this.#running) await this.#running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #proceed(): void {
    if (!this.#running && this.#buffer.queuedEvents > 0) this.#running = this.#run();
    this.#wake();
  }

  /** Until it is closed, or retrying is of no use any more: the next event begins anew. */
  async #run(): Promise<void> {
    const next = () => this.#nextBatch();
    try {
      await this.#publishBatches(
        { [Symbol.asyncIterator]: () => ({ next }) },
        {
          onRetry: this.#onRetry,
          onOutcomes: (_, outcomes) => this.#settle(outcomes),
          onRefused: (_, refusal) => this.#refuse(refusal),
        },
      );
    } catch (failure) {
      this.#failAll(failure);
    }
    this.#running = undefined;
    this.#proceed();
  }

  async #nextBatch(): Promise<IteratorResult<Event[], undefined>> {
    while (!this.#isDue()) {
      // A refused batch may come back as long as one is on its way.
      if (this.#closing && this.#buffer.isEmpty) return { done: true, value: undefined };
      this.#startLinger();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    clearTimeout(this.#linger);
    this.#linger = undefined;
    this.#hasLingered = false;
    const { batchEventsMax, batchBytesMax } = this.#bounds;
    const batch = this.#buffer.take({ eventsMax: batchEventsMax, bytesMax: batchBytesMax });
    this.#onTheirWay.push(batch);
    return { done: false, value: batch.map(({ event }) => event) };
  }

  #isDue(): boolean {
    const { queuedEvents, queuedBytes } = this.#buffer;
    if (queuedEvents === 0) return false;
    const isIdle = this.#onTheirWay.length === 0;
    if (isIdle || this.#hasLingered || this.#flushes > 0 || this.#closing) return true;
    return queuedEvents >= this.#bounds.batchEventsMax || queuedBytes >= this.#bounds.batchBytesMax;
  }

  #startLinger(): void {
    if (this.#linger !== undefined || this.#buffer.queuedEvents === 0) return;
    this.#linger = setTimeout(() => {
      this.#hasLingered = true;
      this.#wake();
    }, this.#bounds.lingerMs);
  }

  #settle(outcomes: readonly Outcome[]): void {
    const batch = this.#onTheirWay.shift() ?? [];
    for (const [place, { resolve }] of batch.entries()) resolve(outcomes[place]!);
    this.#buffer.release(batch);
    this.#wake();
  }

  /** Those to blame fail; the others go again, before what is still queued but behind what is on its way. */
  #refuse(refusal: OncelogClientError): void {
    const batch = this.#onTheirWay.shift() ?? [];
    const wrong = refusedEvents(refusal, batch.length);
    const failed = wrong.size === 0 ? batch : batch.filter((_, place) => wrong.has(place));
    if (wrong.size > 0) this.#buffer.putBack(batch.filter((_, place) => !wrong.has(place)));
    for (const [place, { reject }] of batch.entries()) {
      if (wrong.size === 0 || wrong.has(place)) reject(wrong.get(place) ?? refusal);
    }
    this.#buffer.release(failed);
    this.#wake();
  }

  /** What was never sent is not stored; of the rest the failure says what is known. */
  #failAll(failure: unknown): void {
    const sent = this.#onTheirWay.flat();
    this.#onTheirWay = [];
    const unsent = this.#buffer.take({ eventsMax: Infinity, bytesMax: Infinity });
    const none = failure instanceof OncelogClientError ? failure.with({ outcome: 'none' }) : failure;
    for (const { reject } of sent) reject(failure);
    for (const { reject } of unsent) reject(none);
    this.#buffer.release([...sent, ...unsent]);
  }
}

function eventOf(draft: EventDraft | Event): Event {
  if (!('$typeName' in draft)) return newEvent(draft);
  return draft.eventId === '' ? { ...draft, eventId: uuidV7() } : draft;
}

function boundedBy(options: PublisherOptions): Bounded {
  const names = Object.keys(bounds) as (keyof typeof bounds)[];
  return Object.fromEntries(names.map((name) => [name, boundOf(name, options[name])])) as Bounded;
}

function boundOf(name: keyof typeof bounds, value: number | undefined): number {
  const { byDefault, min, max } = bounds[name];
  if (value === undefined) return byDefault;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw refused('RULE_BROKEN', name, `must be a whole number from ${min} to ${max}, is ${value}`);
}
