// What becomes of the batches in hand when the command is interrupted.

/** After an interruption what was read gets this long to be confirmed: a pipe does not hand it out again. */
const confirmGraceMs = 2000;

export class Ending {
  readonly #interrupted: AbortSignal;
  readonly #isBusy: () => boolean;
  readonly #onFinishing: () => void;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #told = false;

  constructor(interrupted: AbortSignal, isBusy: () => boolean, onFinishing: () => void) {
    this.#interrupted = interrupted;
    this.#isBusy = isBusy;
    this.#onFinishing = onFinishing;
    interrupted.addEventListener('abort', this.#start, { once: true });
    if (interrupted.aborted) this.#start();
  }

  /** Raised when the grace is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#interrupted.removeEventListener('abort', this.#start);
  }

  /** Who only waits for input ends at once, and without a word. */
  readonly onRead = (): void => {
    if (!this.#isBusy() || !this.#interrupted.aborted || this.#told) return;
    this.#told = true;
    this.#onFinishing();
  };

  readonly #start = (): void => {
    this.#timer = setTimeout(() => this.#over.abort(), confirmGraceMs);
    this.onRead();
  };
}
