// The port to a broker: what stands in front of the store when answers must not wait for it.
//
// The events of a group become entries. An entry is handed to one worker at a time, until one of them says that it is
// stored; a worker that dies leaves its entries to the others.
import type { NewEvent } from './event.ts';
import type { EventAppender } from './event-store.ts';

/** So often are entries delivered together with others, however their workers ended. */
export const soundAttemptsMax = 5;

/** Groups are committed when the broker holds them durably, with the outcome `accepted` for each event. */
export interface Broker extends EventAppender {
  /** "redis", …: shown in the statistics. */
  readonly kind: string;

  /** Takes entries for a worker of this name; two that run at the same time have different names. */
  openConsumer(worker: string): Promise<BrokerConsumer>;

  stats(): Promise<BrokerStats>;
  /** The oldest first, after an id; empty for the beginning. */
  deadEntries(query: { readonly after: string; readonly max: number }): Promise<readonly DeadEntry[]>;
  /** Puts dead entries back at the end of the queue; how many of the ids were there. */
  replay(ids: readonly string[]): Promise<number>;

  close(): Promise<void>;
}

export interface BrokerConsumer {
  /**
   * Entries that nobody else works on, the oldest first: waits for the first one, then takes what is there up to about
   * so many events. One that was delivered more than `soundAttemptsMax` times comes alone: it may be what its workers
   * died of. Empty when the signal ends the wait.
   */
  receive(eventsMax: number, signal: AbortSignal): Promise<readonly BrokerEntry[]>;
  /** They are stored: gone for good. */
  acknowledge(entries: readonly BrokerEntry[]): Promise<void>;
  /** This worker is still on them, though it takes long: nobody else is given them for now. */
  keep(entries: readonly BrokerEntry[]): Promise<void>;
  /** Gives them back, to whoever comes next, as if they had not been delivered this time. */
  release(entries: readonly BrokerEntry[]): Promise<void>;
  /**
   * Sets an entry aside, where `deadEntries` lists it. Throws QUEUE_FULL when nothing more may be set aside: the entry
   * stays delivered then.
   */
  bury(entry: BrokerEntry, reason: string): Promise<void>;
  close(): Promise<void>;
}

export interface BrokerEntry {
  readonly id: string;
  /** Deliveries so far, this one included. */
  readonly attempts: number;
  /** Undefined when the entry cannot be read. */
  readonly events: readonly NewEvent[] | undefined;
}

export interface BrokerStats {
  /** Accepted and not stored yet, in events. */
  readonly waitingEvents: number;
  /** Of those, handed to a worker. */
  readonly deliveredEvents: number;
  readonly deadEntries: number;
}

export interface DeadEntry {
  readonly id: string;
  readonly reason: string;
  readonly deadTimeMs: number;
  readonly attempts: number;
  /** Undefined when the entry cannot be read: `raw` is what the broker holds then. */
  readonly events: readonly NewEvent[] | undefined;
  readonly raw?: Uint8Array | undefined;
}
