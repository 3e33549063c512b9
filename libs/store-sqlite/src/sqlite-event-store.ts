// The store in one directory: SQLite behind a thread that writes and a thread that reads, none of it on this one.
import {
  type AppendGroup,
  type CheckedEvent,
  type CheckOptions,
  type ConsumerStore,
  defaultLimits,
  type EventStore,
  type Limits,
  type ListQuery,
  type ListSlice,
  type NewEvent,
  OncelogError,
  type StatsQuery,
  type StoredEvent,
  type StoreStats,
  type TailQuery,
  type TailSlice,
} from '@oncelog/core';
import {
  buffersOf,
  EventPacker,
  HeadWatchers,
  PackedAppendGroup,
  type PackedEvents,
  type PackedOutcomes,
  SpareColumns,
} from '@oncelog/store-sql';
import { CalledThread } from './call-thread.ts';
import { SqliteConsumerStore } from './consumers/sqlite-consumer-store.ts';
import type { SqliteDurability } from './open-database.ts';
import { unpackEntries } from './packed-entries.ts';
import { unpackStoredEvents } from './packed-stored-events.ts';
import type { ReaderCalls, ThreadOptions, WriterCalls } from './thread-calls.ts';

/** One request over RPC; the reading thread takes 10 to 20 ms for as many keys. */
const checkedAtOnceMax = 1000;

/** About 5 MB of memory, and 0.1 s of reading when the log is opened. */
const keysUnindexedDefault = 100_000;

export interface SqliteEventStoreOptions {
  /** Made when it is not there. One process at a time may have it open. */
  readonly directory: string;
  readonly durability: SqliteDurability;
  readonly limits?: Partial<Limits>;
  /** Keys that are found in memory before they go into the index together. */
  readonly keysUnindexedMax?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Told once when the store can no longer be relied on; a new process finds out what reached the disk. */
  readonly onFault?: (error: OncelogError) => void;
}

export async function createSqliteEventStore(options: SqliteEventStoreOptions): Promise<EventStore> {
  const { directory, durability, keysUnindexedMax = keysUnindexedDefault } = options;
  const { clock = Date.now, onFault = () => undefined } = options;
  const { sourcesCountedMax, dropsKeptMax } = { ...defaultLimits, ...options.limits };
  const threadOptions: ThreadOptions = { directory, durability, sourcesCountedMax, dropsKeptMax, keysUnindexedMax };
  let watching = false;
  const tellFault = (error: OncelogError) => {
    if (watching) onFault(error);
    watching = false;
  };
  const writerFile = new URL('./writer.worker.ts', import.meta.url);
  const readerFile = new URL('./reader.worker.ts', import.meta.url);
  const writer = new CalledThread<WriterCalls>('writer', writerFile, threadOptions, tellFault);
  const reader = new CalledThread<ReaderCalls>('reader', readerFile, threadOptions, tellFault);
  try {
    const { logId, head } = await writer.call('open', { nowMs: clock() });
    await reader.call('open', undefined);
    watching = true;
    return new SqliteEventStore({ logId, head, durability, clock, writer, reader });
  } catch (error) {
    await Promise.all([reader.close(), writer.close()]);
    throw error;
  }
}

interface Parts {
  readonly logId: string;
  readonly head: number;
  readonly durability: SqliteDurability;
  readonly clock: () => number;
  readonly writer: CalledThread<WriterCalls>;
  readonly reader: CalledThread<ReaderCalls>;
}

class SqliteEventStore implements EventStore {
  readonly kind = 'sqlite';
  readonly durability: SqliteDurability;
  readonly logId: string;
  readonly #consumers: SqliteConsumerStore;
  readonly #clock: () => number;
  readonly #writer: CalledThread<WriterCalls>;
  readonly #reader: CalledThread<ReaderCalls>;
  readonly #spareColumns = new SpareColumns();
  readonly #head: HeadWatchers;
  #closing: Promise<void> | undefined;

  constructor({ logId, head, durability, clock, writer, reader }: Parts) {
    this.logId = logId;
    this.durability = durability;
    this.#clock = clock;
    this.#head = new HeadWatchers(head);
    this.#writer = writer;
    this.#reader = reader;
    this.#consumers = new SqliteConsumerStore({ writer, reader, refuseWhenClosed: () => this.#refuseWhenClosed() });
  }

  get consumers(): ConsumerStore {
    return this.#consumers;
  }

  startGroup(): AppendGroup {
    return new PackedAppendGroup(this.#spareColumns.take(), (events) => this.#append(events));
  }

  /** Hands the call over before it waits for anything: groups commit in the order in which they were told to. */
  async #append(events: PackedEvents): Promise<PackedOutcomes> {
    this.#refuseWhenClosed();
    const call = this.#writer.call('append', { events, nowMs: this.#clock() }, buffersOf(events.columns));
    const { outcomes, columns, head } = await call;
    this.#spareColumns.giveBack(columns);
    this.#head.raiseTo(head);
    return outcomes;
  }

  /** In parts, between which others read. */
  async check(events: readonly NewEvent[], { keysOnly = false }: CheckOptions = {}): Promise<CheckedEvent[]> {
    const checked: CheckedEvent[] = [];
    do {
      this.#refuseWhenClosed();
      const part = packed(events.slice(checked.length, checked.length + checkedAtOnceMax));
      checked.push(...(await this.#reader.call('check', { events: part, keysOnly }, buffersOf(part.columns))));
    } while (checked.length < events.length);
    return checked;
  }

  async get(topic: string, eventId: string): Promise<StoredEvent | undefined> {
    this.#refuseWhenClosed();
    return unpackStoredEvents(await this.#reader.call('get', { topic, eventId }))[0];
  }

  async list(query: ListQuery): Promise<ListSlice> {
    this.#refuseWhenClosed();
    const slice = await this.#reader.call('list', query);
    return { ...slice, events: unpackStoredEvents(slice.events) };
  }

  async tail(query: TailQuery): Promise<TailSlice> {
    this.#refuseWhenClosed();
    const slice = await this.#reader.call('tail', query);
    return { ...slice, entries: unpackEntries(slice.entries) };
  }

  async stats(query: StatsQuery): Promise<StoreStats> {
    this.#refuseWhenClosed();
    return this.#reader.call('stats', query);
  }

  /** Keys never move: the reader finds it, and the writer needs no more than the place. */
  async erase(topic: string, eventId: string): Promise<boolean> {
    this.#refuseWhenClosed();
    const position = await this.#reader.call('positionOf', { topic, eventId });
    this.#refuseWhenClosed();
    return position !== undefined && this.#writer.call('erase', position);
  }

  watchHead(onHead: (head: number) => void): () => void {
    return this.#head.watch(onHead);
  }

  /** The reader first: the last connection to go cleans up, and that is the one that may write. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#consumers.finish();
    await this.#reader.close();
    await this.#writer.close();
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw new OncelogError('STORE_UNAVAILABLE', 'the store is closed');
  }
}

function packed(events: readonly NewEvent[]): PackedEvents {
  const packer = new EventPacker();
  for (const event of events) packer.addWithDigest(event);
  return packer.finish();
}
