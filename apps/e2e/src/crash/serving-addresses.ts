// Which addresses have acknowledged calls, and calls of when.

/** Far beyond what anybody is promised: only what never comes back reaches it. */
const servedWithinMs = 30_000;

export class ServingAddresses {
  readonly #targets: readonly string[];
  #sinceMs = Infinity;
  #missing = new Set<string>();
  #served = Promise.withResolvers<void>();

  constructor(targets: readonly string[]) {
    this.#targets = targets;
  }

  acknowledged(target: string, begunMs: number): void {
    if (begunMs < this.#sinceMs) return;
    this.#missing.delete(target);
    if (this.#missing.size === 0) this.#served.resolve();
  }

  /** Resolves when each has acknowledged a call that was begun from now on. */
  async all(): Promise<void> {
    this.#sinceMs = performance.now();
    this.#missing = new Set(this.#targets);
    const { promise, reject } = (this.#served = Promise.withResolvers<void>());
    const late = () => reject(new Error(`${[...this.#missing].join(', ')} served nobody within ${servedWithinMs} ms`));
    const timer = setTimeout(late, servedWithinMs);
    await promise.finally(() => clearTimeout(timer));
  }
}
