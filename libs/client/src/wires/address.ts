// One of several addresses: whether it gets calls, and how long it rests when it does not.
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';
import type { Target } from './target.ts';
import type { CallOptions, Wire } from './wire.ts';

/** For a connection, and for one answer: more than any distance takes, with a packet lost on the way. */
const askMsMax = 2000;

/** After a first failure; doubles with each one that follows. */
const restMsMin = 250;

/** No call waits for it: others take them. So late at most is it noticed that an address is back. */
const restMsMax = 5000;

/** For transports that do not give up connecting by themselves. */
export type Reach = (target: Target, options: CallOptions) => Promise<void>;

export interface AddressOptions {
  readonly target: Target;
  readonly wire: Wire;
  readonly reach: Reach | undefined;
  readonly closing: AbortSignal;
}

export class Address {
  readonly target: Target;
  readonly wire: Wire;
  /** Those of this client that are open. */
  streams = 0;
  readonly #reach: Reach | undefined;
  readonly #closing: AbortSignal;
  #isUp = false;
  /** It answers, if only that it is not ready. */
  #answers = false;
  #timesUp = 0;
  #failure: OncelogClientError | undefined;
  #restMs = 0;
  #restEndsAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<boolean> | undefined;

  constructor({ target, wire, reach, closing }: AddressOptions) {
    this.target = target;
    this.wire = wire;
    this.#reach = reach;
    this.#closing = closing;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get answers(): boolean {
    return this.#answers;
  }

  get isResting(): boolean {
    return !this.#isUp && performance.now() < this.#restEndsAtMs;
  }

  /** Counts how often it came up: a failure of a call from before says nothing of now. */
  get timesUp(): number {
    return this.#timesUp;
  }

  /** Why it is not up; undefined while it was never asked. */
  get failure(): OncelogClientError | undefined {
    return this.#failure;
  }

  /** By a small call of its own, so that no other is lost on finding out. Resolves with whether it is up. */
  ask(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /** A call has failed that was begun when it was up for the nth time. */
  fail(timesUp: number, failure: OncelogClientError): void {
    if (!this.#isUp || timesUp !== this.#timesUp) return;
    if (failure.code !== 'TIMED_OUT') return this.#rest(failure);
    // The call may have been slow, and not the address: where it is alive it says so, and is back at once.
    this.#isUp = false;
    this.#failure = failure;
    void this.ask();
  }

  async #ask(): Promise<boolean> {
    try {
      const options = { timeoutMs: askMsMax, signal: this.#closing };
      await this.#reach?.(this.target, options);
      const { status } = await this.wire.unary(Health.method.check, {}, options);
      this.#answers = true;
      this.#isUp = status === ServingStatus.SERVING;
      if (this.#isUp) this.#timesUp += 1;
      else this.#rest(new OncelogClientError('STORE_UNAVAILABLE', 'answers, but is not ready', { outcome: 'none' }));
    } catch (failure) {
      this.#answers = false;
      this.#rest(ofAsking(failure));
    }
    return this.#isUp;
  }

  #rest(failure: OncelogClientError): void {
    const nowMs = performance.now();
    // Long after the last rest, a failure is a first one again.
    const isFirst = nowMs - this.#restEndsAtMs > restMsMax;
    this.#restMs = isFirst ? restMsMin : Math.min(restMsMax, this.#restMs * 2);
    // Clients that lost it together come back apart.
    this.#restEndsAtMs = nowMs + this.#restMs * (0.5 + Math.random() / 2);
    this.#isUp = false;
    this.#failure = failure;
  }
}

/** Nothing was asked of it but to be there. */
function ofAsking(failure: unknown): OncelogClientError {
  if (!(failure instanceof OncelogClientError))
    return new OncelogClientError('INTERNAL', String(failure), { cause: failure });
  if (failure.code !== 'TIMED_OUT') return failure.with({ outcome: 'none' });
  return new OncelogClientError('UNREACHABLE', failure.message, { ...failure, outcome: 'none' });
}
