// The batches that a caller hands over, read one at a time; a wait for the next one can be interrupted without a loss.
import type { EventBatches } from './stream-publishing.ts';
import type { Event } from '@oncelog/protocol';

type Step = IteratorResult<readonly Event[]>;

export class SessionSource {
  readonly #iterator: AsyncIterator<readonly Event[]> | Iterator<readonly Event[]>;
  #isReading = false;
  /** What was read, perhaps while nobody waited for it. */
  #step: Step | { readonly error: unknown } | undefined;
  #ended = false;
  #interrupted = false;
  #wake = () => {};

  constructor(batches: EventBatches) {
    this.#iterator = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  }

  /** Undefined at the end and when it is interrupted: what is read then comes with the next call. */
  async next(): Promise<readonly Event[] | undefined> {
    if (this.#ended && !this.#step) return undefined;
    if (!this.#isReading && !this.#step) void this.#read();
    // One waiter, and no race: a race lost would stay in memory as long as the source is silent.
    while (!this.#step && !this.#interrupted) await new Promise<void>((resolve) => (this.#wake = resolve));
    const step = this.#step;
    if (!step) return undefined;
    this.#step = undefined;
    if ('error' in step) throw step.error;
    if (!step.done) return step.value;
    this.#ended = true;
    return undefined;
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#wake();
  }

  resume(): void {
    this.#interrupted = false;
  }

  /** Nothing more is taken from it. */
  stop(): void {
    this.#ended = true;
    this.interrupt();
    // Not awaited: a source that is waiting for its own input would answer only after that.
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      this.#step = await this.#iterator.next();
    } catch (error) {
      this.#step = { error };
    }
    this.#isReading = false;
    this.#wake();
  }
}
