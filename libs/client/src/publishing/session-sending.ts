// One session: sends within the window, matches the answers to what was sent, and notices when none come.
import type { Event } from '@oncelog/protocol';
import { OncelogClientError, timedOutCall } from '../failures/client-error.ts';
import type { SessionAnswer } from './session-answer.ts';
import type { SessionCall, Wire } from '../wires/wire.ts';

export interface SessionSendingOptions {
  /** Without an answer for so long, though one is due, the session counts as broken. */
  readonly timeoutMs: number;
  /** To the batches in the order in which they were sent. */
  readonly onAnswer: (answer: SessionAnswer) => void;
  readonly onFailure: () => void;
}

export class SessionSending {
  readonly #options: SessionSendingOptions;
  readonly #call: SessionCall;
  /** The sizes of the batches without an answer. */
  readonly #onTheirWay: number[] = [];
  #eventsOnTheirWay = 0;
  /** 0 before the server has told it. */
  #windowEvents = 0;
  #ending = false;
  #over = false;
  #failure: { readonly cause: unknown } | undefined;
  #wake = () => {};
  #dueAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(wire: Pick<Wire, 'openSession'>, options: SessionSendingOptions) {
    this.#options = options;
    const { timeoutMs } = options;
    this.#call = wire.openSession({ timeoutMs, onAnswer: (answer) => this.#take(answer) });
    this.#call.ended.then(
      () => this.#end(),
      (cause: unknown) => this.#fail(cause),
    );
    this.#expectAnswer();
    this.#watch();
  }

  /** The server has answered: what breaks then is a session, and not the way to one. */
  get wasOpen(): boolean {
    return this.#windowEvents > 0;
  }

  /** Resolves when one more batch may go out; rejects when the session has failed. */
  async room(): Promise<void> {
    while (!this.#failure && this.#eventsOnTheirWay >= this.#windowEvents) await this.#woken();
    this.assertAlive();
  }

  async send(events: readonly Event[]): Promise<void> {
    if (this.#onTheirWay.length === 0) this.#expectAnswer();
    this.#onTheirWay.push(events.length);
    this.#eventsOnTheirWay += events.length;
    await this.#call.write(events);
    this.assertAlive();
  }

  /** Resolves when everything sent is answered and the session has ended in order. */
  async finish(): Promise<void> {
    this.#ending = true;
    this.#expectAnswer();
    this.#call.end();
    while (!this.#failure && !this.#over) await this.#woken();
    this.assertAlive();
  }

  assertAlive(): void {
    if (this.#failure) throw this.#failure.cause;
  }

  cancel(cause: unknown): void {
    this.#fail(cause);
    this.#call.cancel(cause);
  }

  #take(answer: SessionAnswer): void {
    if (this.#failure) return;
    this.#expectAnswer();
    if (answer.windowEvents > 0) this.#windowEvents = answer.windowEvents;
    const { outcomes, refusal } = answer;
    // Only the first answer is about no message: every message has an event, or is refused.
    if (outcomes.length > 0 || refusal) {
      const size = this.#onTheirWay.shift() ?? 0;
      if (!refusal && outcomes.length !== size) {
        this.cancel(new OncelogClientError('INTERNAL', `a message of ${size} events got ${outcomes.length} outcomes`));
        return;
      }
      this.#eventsOnTheirWay -= size;
      this.#options.onAnswer(answer);
    }
    this.#wake();
  }

  #end(): void {
    if (this.#ending && this.#onTheirWay.length === 0) {
      this.#over = true;
      this.#settle();
    } else {
      this.#fail(new OncelogClientError('UNREACHABLE', 'the session was ended before everything was answered'));
    }
  }

  #fail(cause: unknown): void {
    if (this.#failure || this.#over) return;
    this.#failure = { cause };
    this.#settle();
    this.#options.onFailure();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#wake();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #expectAnswer(): void {
    this.#dueAtMs = performance.now() + this.#options.timeoutMs;
  }

  /** One timer that looks at the time when it is over: a new one for every answer would cost more than the answer. */
  #watch(): void {
    const { timeoutMs } = this.#options;
    const isDue = this.#windowEvents === 0 || this.#onTheirWay.length > 0 || this.#ending;
    const leftMs = isDue ? this.#dueAtMs - performance.now() : timeoutMs;
    if (leftMs <= 0) this.cancel(timedOutCall(timeoutMs, undefined));
    else this.#timer = setTimeout(() => this.#watch(), Math.ceil(leftMs));
  }
}
