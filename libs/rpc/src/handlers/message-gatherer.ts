// Messages of a stream that arrive together, gathered into batches that share one transaction.
import type { NewEvent } from '@oncelog/core';

/**
 * A batch is at most this much, unless one message is more. A promise and a place in the queue for each made a message
 * of one event cost 10.7 µs of CPU instead of 6.9.
 */
const batchEventsMax = 500;
const batchBytesMax = 64 * 1024;

export class MessageGatherer {
  readonly #onBatch: (events: readonly NewEvent[], bytes: number) => void;
  #batch: NewEvent[] = [];
  #batchBytes = 0;
  #sendScheduled = false;

  constructor(onBatch: (events: readonly NewEvent[], bytes: number) => void) {
    this.#onBatch = onBatch;
  }

  /** The events of one message stay together. Those before it go out first when they leave no room for it. */
  add(events: readonly NewEvent[], bytes: number): void {
    const fits = this.#batch.length + events.length <= batchEventsMax && this.#batchBytes + bytes <= batchBytesMax;
    if (!fits) this.send();
    for (const event of events) this.#batch.push(event);
    this.#batchBytes += bytes;
    if (this.#sendScheduled) return;
    this.#sendScheduled = true;
    // By then everything that has come in one packet is here.
    setImmediate(() => {
      this.#sendScheduled = false;
      this.send();
    });
  }

  send(): void {
    if (this.#batch.length === 0) return;
    const [events, bytes] = [this.#batch, this.#batchBytes];
    this.#batch = [];
    this.#batchBytes = 0;
    this.#onBatch(events, bytes);
  }
}
