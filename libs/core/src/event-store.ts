// The port through which the log is kept. Every store passes the contract suite in ./testing.
import type { ConsumerStore } from './consumer-store.ts';
import type { LogEntry, NewEvent, StoredEvent } from './event.ts';
import type { EventFilter } from './event-filter.ts';
import type { CheckedEvent, Counters, Outcome } from './outcome.ts';

/** disk: an answer survives power loss. os: it survives the death of the process. memory: neither. */
export type Durability = 'disk' | 'os' | 'memory';

/** Where published events go: a store, or a broker in front of one. */
export interface EventAppender {
  startGroup(): AppendGroup;
}

export interface EventStore extends EventAppender {
  /** "sqlite", "memory", …: shown in the statistics. */
  readonly kind: string;
  readonly durability: Durability;
  /** Tells this log from any other; made with the log and kept with it. */
  readonly logId: string;
  /** The places of consumer groups, kept beside the events. */
  readonly consumers: ConsumerStore;

  /** Each event compared with what is stored under its key, by itself; nothing is written and nothing is counted. */
  check(events: readonly NewEvent[], options?: CheckOptions): Promise<readonly CheckedEvent[]>;
  get(topic: string, eventId: string): Promise<StoredEvent | undefined>;
  list(query: ListQuery): Promise<ListSlice>;
  tail(query: TailQuery): Promise<TailSlice>;
  stats(query: StatsQuery): Promise<StoreStats>;

  /**
   * Removes the content of an event for good, and keeps its key: what is published under it later is a duplicate or a
   * conflict as before. False when nothing is stored under the key, or it is erased already. Resolves after the flush.
   */
  erase(topic: string, eventId: string): Promise<boolean>;

  /**
   * Told the highest position that may be read, each time it has become higher. A hint to read on, never the truth
   * itself. Returns what ends it.
   */
  watchHead(onHead: (head: number) => void): () => void;

  /** Finishes what was appended, then releases everything. */
  close(): Promise<void>;
}

export interface CheckOptions {
  /** Contents are not looked at: whatever is stored under a key is a duplicate. */
  readonly keysOnly?: boolean | undefined;
}

/** A transaction that is filled first: when it commits, all of its events are stored or none. */
export interface AppendGroup {
  /** Takes the events over: what their bytes are views of may go or change afterwards. */
  add(events: readonly NewEvent[]): void;

  /**
   * Resolves after the commit is flushed, with one outcome per event, batch by batch in the order they were added; the
   * first of a key wins. Groups commit in the order in which they are told to. A group is committed once.
   */
  commit(): Promise<Outcome[][]>;
}

export type Order = 'ascending' | 'descending';

export interface ListQuery {
  readonly topic?: string | undefined;
  readonly source?: string | undefined;
  /** On the stored time: from `sinceMs` (included) until `untilMs` (excluded). */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly order: Order;
  /** Exclusive, in the direction of `order`. */
  readonly after?: number | undefined;
  readonly eventsMax: number;
  /** Bytes of content and attributes; a slice always holds at least one event that matches, if one was met. */
  readonly bytesMax: number;
  /** Events looked at before the slice ends, matching or not. */
  readonly scanMax: number;
}

export interface ListSlice {
  readonly events: readonly StoredEvent[];
  /**
   * Everything up to this position, in the direction of `order`, has been looked at: the next slice goes on after it.
   * At the end of an ascending list it is the highest position stored, or `after` if that lies beyond; of a descending
   * one it is 0.
   */
  readonly scannedTo: number;
  /** Nothing that is stored now follows. */
  readonly end: boolean;
  /** The highest position stored when the slice was read. */
  readonly head: number;
  /** How many events the topic holds; only when the query names one. */
  readonly topicSize?: number | undefined;
}

/** What follows a position, erased events included. */
export interface TailQuery {
  readonly filter: EventFilter;
  /** Exclusive; 0 for the beginning. */
  readonly after: number;
  readonly eventsMax: number;
  /** As in ListQuery. */
  readonly bytesMax: number;
  /** Places looked at before the slice ends; where the filter is one whole topic, only those of the topic count. */
  readonly scanMax: number;
}

export interface TailSlice {
  readonly entries: readonly LogEntry[];
  /** Everything up to this position has been looked at; `head` at the end, or `after` if that lies beyond. */
  readonly scannedTo: number;
  /** The highest position stored when the slice was read. */
  readonly head: number;
}

export interface StatsQuery {
  readonly topicsMax: number;
  readonly sourcesMax: number;
}

export interface NamedCounters extends Counters {
  readonly name: string;
}

export interface StoreStats extends Counters {
  /** The most stored first, then by name. */
  readonly topics: readonly NamedCounters[];
  readonly topicCount: number;
  /** The most received first, then by name. */
  readonly sources: readonly NamedCounters[];
  readonly sourceCount: number;
  readonly lastPosition: number;
}
