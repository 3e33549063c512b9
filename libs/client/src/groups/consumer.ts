// A member of a group that calls a handler for each event: at least once, until the handler has returned.
import type { Delivery as DeliveryMessage } from '@oncelog/protocol';
import { Acknowledger } from './acknowledger.ts';
import { OncelogClientError } from '../failures/client-error.ts';
import type { ConsumerGroups } from './consumer-group.ts';
import type { Consuming } from './consuming.ts';
import { type DeliveriesOptions, pullingStream } from './deliveries.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { type LogEntry, logEntryOf } from '../events/log-entry.ts';
import { rejectDelayMs, rejectReason } from './rejection.ts';
import { Backoff, type RetryPolicy, withRetries } from '../calls/retry.ts';
import type { Wire } from '../wires/wire.ts';

/** Enough for quick handlers to go on while others are acknowledged. */
const windowMin = 10;

/** A handler that runs longer is taken for hung. */
const handlerMsMaxDefault = 60 * 60 * 1000;

/** After the last handler has ended: what is not acknowledged by then comes again. */
const settleMsMax = 10_000;

export interface Handling {
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** Raised when another member has the event by now: what the handler still does is done twice. */
  readonly signal: AbortSignal;
}

export type Handler = (entry: LogEntry, handling: Handling) => unknown;

export interface ConsumeOptions extends DeliveriesOptions {
  /** How many handlers may run at a time; 1 when absent. */
  readonly concurrency?: number | undefined;
  /**
   * How many may be delivered and not settled at a time: twice the concurrency and at least 10 when absent. What waits
   * here for its handler when the process ends has used up one of its attempts.
   */
  readonly window?: number | undefined;
  /** A handler that runs longer loses its lease; one hour when absent. */
  readonly handlerMsMax?: number | undefined;
  /** Stops: running handlers end and are acknowledged, the rest is given back. */
  readonly signal?: AbortSignal | undefined;
  /** How long an event does not come again after its handler threw; doubles from 1 second to 5 minutes when absent. */
  readonly rejectDelayMs?: ((attempt: number) => number) | undefined;
  /** A handler threw: its event is rejected. */
  readonly onHandlerError?: ((error: unknown, entry: LogEntry, attempt: number) => void) | undefined;
}

export interface ConsumerCalls extends Pick<Consuming, 'acknowledge' | 'reject' | 'extendLease'> {
  readonly wire: Pick<Wire, 'serverStream'>;
  readonly groups: Pick<ConsumerGroups, 'get'>;
  readonly retry: RetryPolicy;
}

interface Held {
  readonly id: string;
  readonly entry: LogEntry;
  readonly handling: Handling;
}

export class Consumer {
  readonly #calls: ConsumerCalls;
  readonly #group: string;
  readonly #handler: Handler;
  readonly #options: ConsumeOptions;
  readonly #concurrency: number;
  readonly #acknowledger: Acknowledger;
  readonly #givingUp = new AbortController();
  readonly #leaving = new AbortController();
  /** Handlers, and the calls that settle what they have done. */
  readonly #unsettled = new Set<Promise<void>>();
  #queue: Held[] = [];
  #running = 0;
  #onIdle = () => {};
  #failure: unknown;

  constructor(calls: ConsumerCalls, group: string, handler: Handler, options: ConsumeOptions) {
    this.#calls = calls;
    this.#group = group;
    this.#handler = handler;
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#acknowledger = new Acknowledger((ids) =>
      this.#untilDone((signal) => calls.acknowledge(group, ids, { signal })),
    );
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const leave = () => this.#leaving.abort();
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      const leaseMs = await this.#leaseMs();
      await this.#consume(this.#keeper(leaseMs));
    } catch (failure) {
      this.#fail(failure);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #consume(keeper: LeaseKeeper): Promise<void> {
    const { concurrency = 1, window = Math.max(windowMin, 2 * concurrency) } = this.#options;
    const options = { ...this.#options, window, signal: undefined };
    const stream = pullingStream(this.#calls.wire, this.#group, options, this.#calls.retry);
    const close = () => stream.close();
    if (this.#leaving.signal.aborted) close();
    this.#leaving.signal.addEventListener('abort', close);
    try {
      for (let answer = await stream.next(); answer; answer = await stream.next()) {
        for (const delivery of answer.deliveries) this.#take(delivery, keeper);
        this.#startHandlers(keeper);
      }
    } finally {
      stream.close();
      await this.#finish(keeper);
      keeper.close();
    }
  }

  #take({ entry, deliveryId: id, attempt }: DeliveryMessage, keeper: LeaseKeeper): void {
    if (!entry) throw new OncelogClientError('INTERNAL', 'the aggregator sent a delivery without an entry');
    this.#queue.push({ id, entry: logEntryOf(entry), handling: { attempt, signal: keeper.hold(id) } });
  }

  #startHandlers(keeper: LeaseKeeper): void {
    while (this.#running < this.#concurrency && !this.#leaving.signal.aborted) {
      const held = this.#queue.shift();
      if (!held) return;
      // Another member has it by now.
      if (held.handling.signal.aborted) continue;
      this.#running += 1;
      const settled = this.#handle(held, keeper)
        .catch((failure: unknown) => this.#fail(failure))
        .finally(() => {
          keeper.letGo(held.id);
          this.#unsettled.delete(settled);
        });
      this.#unsettled.add(settled);
    }
  }

  async #handle(held: Held, keeper: LeaseKeeper): Promise<void> {
    let settle: () => Promise<unknown>;
    try {
      settle = await this.#callHandler(held);
    } finally {
      // The next one starts while this one is settled.
      this.#running -= 1;
      this.#startHandlers(keeper);
      if (this.#running === 0) this.#onIdle();
    }
    await settle();
  }

  /** Says how to settle what came of it. */
  async #callHandler({ id, entry, handling }: Held): Promise<() => Promise<unknown>> {
    try {
      await this.#handler(entry, handling);
      return () => this.#acknowledger.add(id);
    } catch (error) {
      this.#options.onHandlerError?.(error, entry, handling.attempt);
      return () => this.#reject(id, handling.attempt, error);
    }
  }

  #reject(id: string, attempt: number, error: unknown): Promise<unknown> {
    const delayMs = (this.#options.rejectDelayMs ?? rejectDelayMs)(attempt);
    const reason = rejectReason(error);
    return this.#untilDone((signal) => this.#calls.reject(this.#group, [id], { delayMs, reason, signal }));
  }

  /** Nothing new is begun; what runs ends, and what waited goes to others at once. */
  async #finish(keeper: LeaseKeeper): Promise<void> {
    const waiting = this.#queue.map(({ id }) => id);
    this.#queue = [];
    const givenBack = waiting.length === 0 ? undefined : this.#giveBack(waiting, keeper);
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    const timer = setTimeout(() => this.#givingUp.abort(), settleMsMax);
    await Promise.all([givenBack, ...this.#unsettled]);
    clearTimeout(timer);
  }

  async #giveBack(ids: string[], keeper: LeaseKeeper): Promise<void> {
    for (const id of ids) keeper.letGo(id);
    // Where this fails the leases run out, which comes to the same, later.
    await this.#calls.reject(this.#group, ids, { reason: 'the member left before it was handled' }).catch(() => {});
  }

  async #leaseMs(): Promise<number> {
    const group = await this.#untilDone((signal) => this.#calls.groups.get(this.#group, { signal }), this.#leaving);
    if (group) return group.leaseMs;
    const message = `there is no group "${this.#group}": create it first`;
    throw new OncelogClientError('NOT_FOUND', message, { outcome: 'none' });
  }

  #keeper(leaseMs: number): LeaseKeeper {
    const holdMsMax = this.#options.handlerMsMax ?? handlerMsMaxDefault;
    const extend = (ids: string[]) => this.#calls.extendLease(this.#group, ids);
    return new LeaseKeeper({ leaseMs, holdMsMax, extend });
  }

  /** As often as it takes: who has lost the connection keeps what is done, until it can say so. */
  #untilDone<T>(attempt: (signal: AbortSignal) => Promise<T>, { signal } = this.#givingUp): Promise<T> {
    const forever = { ...this.#calls.retry, attemptsMax: Number.POSITIVE_INFINITY, totalMs: Number.POSITIVE_INFINITY };
    return withRetries(new Backoff(forever), signal, () => attempt(signal));
  }

  #fail(failure: unknown): void {
    const gaveUp = this.#givingUp.signal.aborted;
    if (isCancelled(failure) && this.#leaving.signal.aborted && !gaveUp) return;
    this.#failure ??= isCancelled(failure) && gaveUp ? unsettledFailure(failure) : failure;
    this.#leaving.abort();
  }
}

function isCancelled(failure: unknown): boolean {
  return failure instanceof OncelogClientError && failure.code === 'CANCELLED';
}

function unsettledFailure(cause: unknown): OncelogClientError {
  const message = `what was handled last is not acknowledged after ${settleMsMax / 1000} s: it comes again`;
  return new OncelogClientError('TIMED_OUT', message, { cause });
}
