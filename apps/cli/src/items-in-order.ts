// What was read and not settled yet, in its order: lines that are no event have their place in it like the others.
import type { Event } from '@oncelog/client';
import { type Result, resultsOf } from './publish-batch.ts';
import type { Item } from './publish-input.ts';

export class ItemsInOrder {
  readonly #batches: AsyncIterator<Item[]>;
  readonly #onSettled: (items: readonly Item[], results: readonly Result[]) => Promise<void>;
  readonly #waiting: Item[][] = [];
  #told: Promise<void> = Promise.resolve();

  constructor(
    batches: AsyncIterable<Item[]>,
    onSettled: (items: readonly Item[], results: readonly Result[]) => Promise<void>,
  ) {
    this.#batches = batches[Symbol.asyncIterator]();
    this.#onSettled = onSettled;
  }

  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** The events alone. Who stops reading them leaves the rest where it is. */
  eventBatches(onRead: () => void): AsyncIterable<Event[]> {
    const next = async (): Promise<IteratorResult<Event[], undefined>> => {
      const { done, value } = await this.#batches.next();
      if (done) return { done, value: undefined };
      this.#waiting.push(value);
      onRead();
      // Those that nothing is sent of have nobody else to settle them.
      if (this.#waiting.length === 1) await this.#settleWithoutEvents();
      return { done: false, value: value.flatMap(({ event }) => (event ? [event] : [])) };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** The first batch that waits and holds an event. */
  async settle(resultsOfBatch: (items: readonly Item[]) => Promise<Result[]> | Result[]): Promise<void> {
    const results = await resultsOfBatch(this.#waiting[0] ?? []);
    await this.#tell(this.#waiting.shift() ?? [], results);
    await this.#settleWithoutEvents();
  }

  /** Once nothing more is settled: how many were read, those included that were still on their way to be sent. */
  async countUnsettled(): Promise<number> {
    let count = 0;
    for (const items of this.#waiting) count += items.length;
    for (let step = await this.#batches.next(); !step.done; step = await this.#batches.next())
      count += step.value.length;
    return count;
  }

  async #settleWithoutEvents(): Promise<void> {
    for (let [items] = this.#waiting; items?.every(({ event }) => !event); [items] = this.#waiting) {
      this.#waiting.shift();
      await this.#tell(items, resultsOf(items, []));
    }
  }

  /** In their order, however long one takes to be written. */
  #tell(items: readonly Item[], results: readonly Result[]): Promise<void> {
    this.#told = this.#told.then(() => this.#onSettled(items, results));
    return this.#told;
  }
}
