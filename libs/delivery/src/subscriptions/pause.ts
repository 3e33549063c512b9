// The wait of a subscriber: for something to follow, for the time of a sign of life, or for the end.

export class Pause {
  readonly #signal: AbortSignal;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #wake = () => this.#woken();
  #woken: () => void = () => {};
  #heartbeatDue = false;

  constructor(signal: AbortSignal, heartbeatMs: number) {
    this.#signal = signal;
    this.#heartbeat = setTimeout(() => {
      this.#heartbeatDue = true;
      this.#wake();
    }, heartbeatMs);
    signal.addEventListener('abort', this.#wake);
  }

  /** Nothing has been said for as long as may be. */
  get heartbeatDue(): boolean {
    return this.#heartbeatDue;
  }

  saidSomething(): void {
    this.#heartbeatDue = false;
    this.#heartbeat.refresh();
  }

  /** `wait` is told what to call, and returns what takes that back. */
  async until(wait: (wake: () => void) => () => void): Promise<void> {
    if (this.#heartbeatDue || this.#signal.aborted) return;
    let giveUp = () => {};
    await new Promise<void>((resolve) => {
      this.#woken = resolve;
      giveUp = wait(this.#wake);
    });
    giveUp();
  }

  end(): void {
    clearTimeout(this.#heartbeat);
    this.#signal.removeEventListener('abort', this.#wake);
  }
}
