// Pulls the events of a group and settles them: each when it is written, or when a command has succeeded on it.
// It pulls no more than it is about to handle: what a member has and does not handle uses up an attempt.
import { type Delivery, OncelogClientError, type OncelogClient } from '@oncelog/client';
import type { CliContext } from './cli-context.ts';
import type { ConnectionNotices } from './connection-notices.ts';

/** How long a pull waits for the first event: the contract's bound is a minute. */
const waitMsDefault = 20_000;

export interface Pulling {
  readonly group: string;
  readonly member: string;
  /** Ends when nothing comes for so long. */
  readonly untilIdleMs: number | undefined;
  readonly limit: number;
}

export interface Settled {
  acknowledged: number;
  rejected: number;
}

/** Settles what it is given and counts it; false to stop. */
export type Handle = (deliveries: readonly Delivery[], settled: Settled) => Promise<boolean>;

export class GroupPuller {
  readonly settled: Settled = { acknowledged: 0, rejected: 0 };
  readonly #client: OncelogClient;
  readonly #pulling: Pulling;
  readonly #connection: ConnectionNotices;
  readonly #stopping = new AbortController();
  #left: number;

  constructor(client: OncelogClient, pulling: Pulling, connection: ConnectionNotices) {
    this.#client = client;
    this.#pulling = pulling;
    this.#connection = connection;
    this.#left = pulling.limit;
  }

  /** Ends at the limit, when idle, when interrupted, and when `handle` has had enough. */
  async run({ interrupted }: CliContext, handle: Handle, workers: number, eventsMax: number): Promise<void> {
    const stop = () => this.#stopping.abort();
    if (interrupted.aborted) stop();
    interrupted.addEventListener('abort', stop, { once: true });
    const work = async () => {
      try {
        await this.#work(handle, eventsMax);
      } catch (failure) {
        stop();
        throw failure;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: workers }, work));
    interrupted.removeEventListener('abort', stop);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #work(handle: Handle, eventsMax: number): Promise<void> {
    while (this.#left > 0 && !this.#stopping.signal.aborted) {
      // Taken before the pull, so that all workers together keep to the limit.
      const wanted = Math.min(eventsMax, this.#left);
      this.#left -= wanted;
      const deliveries = await this.#pull(wanted);
      this.#left += wanted - deliveries.length;
      if (deliveries.length === 0 && this.#pulling.untilIdleMs !== undefined) return;
      if (deliveries.length > 0 && !(await handle(deliveries, this.settled))) this.#stopping.abort();
    }
  }

  async #pull(eventsMax: number): Promise<Delivery[]> {
    const { ContentView } = await import('@oncelog/client');
    const { group, member, untilIdleMs = waitMsDefault } = this.#pulling;
    const { signal } = this.#stopping;
    try {
      const deliveries = await this.#client.pull(group, {
        member,
        eventsMax,
        waitMs: untilIdleMs,
        contentView: ContentView.DATA,
        signal,
        onRetry: this.#connection.lost,
      });
      this.#connection.heard();
      return deliveries;
    } catch (failure) {
      const stopped = signal.aborted && failure instanceof OncelogClientError && failure.code === 'CANCELLED';
      if (stopped) return [];
      throw failure;
    }
  }
}
