// Acknowledgements that come one by one and go together: one call, and one flush of the aggregator, for many.
import type { SettleResult } from './delivery.ts';

/** Shorter than the flush of most disks: who acknowledges one at a time hardly waits longer for it. */
const gatherMs = 3;

/** The contract's bound for one call. */
export const idsPerCallMax = 1000;

interface Waiting {
  readonly id: string;
  readonly resolve: (result: SettleResult) => void;
  readonly reject: (failure: unknown) => void;
}

export class Acknowledger {
  readonly #send: (ids: string[]) => Promise<SettleResult[]>;
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (ids: string[]) => Promise<SettleResult[]>) {
    this.#send = send;
  }

  add(id: string): Promise<SettleResult> {
    const { promise, resolve, reject } = Promise.withResolvers<SettleResult>();
    this.#waiting.push({ id, resolve, reject });
    if (this.#waiting.length >= idsPerCallMax) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
    return promise;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const gathered = this.#waiting;
    this.#waiting = [];
    this.#send(gathered.map(({ id }) => id)).then(
      (results) => gathered.forEach(({ resolve }, index) => resolve(results[index]!)),
      (failure: unknown) => gathered.forEach(({ reject }) => reject(failure)),
    );
  }
}
