// The side of a thread that asks: calls by number, and what to do when the thread is no longer there.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { OncelogError } from '@oncelog/core';
import {
  type Answer,
  type Call,
  type CallTable,
  errorOf,
  type Failure,
  type ThreadOptions,
  unaskedId,
} from './thread-calls.ts';

/**
 * What these threads make is gone at once, so that there is next to nothing to copy however often the young objects are
 * collected: the rate is the same as with V8's own 48 MB, of which the two threads filled 50 MB in all.
 */
const youngMegabytesMax = 3;

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: OncelogError) => void;
}

export class CalledThread<Calls extends CallTable> {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onFault: (error: OncelogError) => void;
  #lastId = unaskedId;
  #closing = false;
  #lost: OncelogError | undefined;
  #cause: unknown;

  /** `onFault` is told when the thread gives up or dies before it was asked to end; maybe more than once. */
  constructor(name: string, file: URL, options: ThreadOptions, onFault: (error: OncelogError) => void) {
    this.#name = name;
    this.#onFault = onFault;
    this.#worker = new Worker(file, {
      workerData: options,
      name: `oncelog-${name}`,
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytesMax },
    });
    this.#ended = once(this.#worker, 'exit').catch(() => undefined);
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error) => (this.#cause = error));
    this.#worker.on('exit', () => this.#lose());
  }

  call<Name extends keyof Calls & string>(
    name: Name,
    request: Calls[Name]['request'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Calls[Name]['result']> {
    if (this.#lost) return Promise.reject(this.#lost);
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, request } satisfies Call, transfer);
    });
  }

  /** Lets the thread finish what it was asked before, and ends it. */
  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      await this.call('close', undefined).catch(() => this.#worker.terminate());
    }
    await this.#ended;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('result' in answer) waiting?.resolve(answer.result as never);
    else this.#fail(answer.failure, waiting);
  }

  #fail(failure: Failure, waiting: Waiting | undefined): void {
    const error = errorOf(failure);
    waiting?.reject(error);
    if (failure.fatal) this.#onFault(error);
  }

  #lose(): void {
    const message = this.#closing ? 'the store is closed' : `the ${this.#name} thread of the store died`;
    this.#lost = new OncelogError('STORE_UNAVAILABLE', message, { cause: this.#cause });
    const unknown = new OncelogError('STORE_UNAVAILABLE', message, { outcome: 'unknown', cause: this.#cause });
    for (const { reject } of this.#waiting.values()) reject(unknown);
    this.#waiting.clear();
    if (!this.#closing) this.#onFault(unknown);
  }
}
