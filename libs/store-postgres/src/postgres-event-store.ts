// The store that several processes share: PostgreSQL, which keeps the log and says in which order it grows.
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
  getEvent,
  HeadWatchers,
  listEvents,
  PackedAppendGroup,
  type PackedEvents,
  type PackedOutcomes,
  readStats,
  SpareColumns,
  tailEvents,
} from '@oncelog/store-sql';
import { EventPartitions } from './append/event-partitions.ts';
import { FirstContents } from './append/first-contents.ts';
import { LogAppender } from './append/log-appender.ts';
import { GroupWatchers } from './consumers/group-watchers.ts';
import { PostgresConsumerStore } from './consumers/postgres-consumer-store.ts';
import { EventEraser } from './event-eraser.ts';
import { HeadListener } from './head-listener.ts';
import { failedStart, isFatal } from './postgres-faults.ts';
import { prepareLog } from './prepare-log.ts';
import { EventChecker } from './reading/event-checker.ts';
import { positionOf } from './reading/position-of.ts';
import { LogConnections } from './session/log-connections.ts';
import { LogSession } from './session/log-session.ts';

export interface PostgresEventStoreOptions {
  /** postgresql://user:password@host:5432/database?schema=oncelog; the schema is made when it is not there. */
  readonly url: string;
  readonly durability: 'disk' | 'os';
  readonly limits?: Partial<Limits>;
  /** Events whose bodies share a partition. */
  readonly partitionPositions?: number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Told once when the store can no longer be relied on. */
  readonly onFault?: (error: OncelogError) => void;
}

/** The plan of the hot statement must not depend on how large the log was when it was made. */
const writerSettings = 'set enable_seqscan = off; set plan_cache_mode = force_generic_plan; set work_mem = 65536';

export async function createPostgresEventStore(options: PostgresEventStoreOptions): Promise<EventStore> {
  const { url, durability, clock = Date.now, onFault = () => undefined } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const { database, settings, logId, head } = await prepareLog(url, durability, clock());
  const { orm, pool, kysely } = database;
  let faultTold = false;
  const tellFault = (error: OncelogError) => {
    if (faultTold) return;
    faultTold = true;
    onFault(error);
  };
  const onFailure = (error: OncelogError) => {
    if (isFatal(error)) tellFault(error);
  };
  const connections = new LogConnections({ pool, kysely, onFailure });
  const session = new LogSession(settings.client, writerSettings);
  const firsts = new FirstContents(connections);
  const partitions = new EventPartitions(connections, options.partitionPositions);
  const appender = new LogAppender({ session, partitions, firsts, limits, clock });
  const heads = new HeadWatchers(head);
  const groups = new GroupWatchers();
  const listener = new HeadListener({
    client: settings.client,
    logId,
    head: () => heads.head,
    onHead: (each) => heads.raiseTo(each),
    onGroup: (change) => groups.tell(change),
    onReplaced: tellFault,
  });
  const release = async () => {
    await partitions.idle();
    await listener.stop();
    await session.close();
    await orm.close(true);
  };
  try {
    await partitions.extend();
    await listener.start();
  } catch (error) {
    await release();
    throw failedStart(settings.place, error);
  }
  return new PostgresEventStore({
    logId,
    durability,
    connections,
    appender,
    firsts,
    heads,
    groups,
    onFailure,
    release,
  });
}

interface Parts {
  readonly logId: string;
  readonly durability: 'disk' | 'os';
  readonly connections: LogConnections;
  readonly appender: LogAppender;
  readonly firsts: FirstContents;
  readonly heads: HeadWatchers;
  readonly groups: GroupWatchers;
  readonly onFailure: (error: OncelogError) => void;
  readonly release: () => Promise<void>;
}

class PostgresEventStore implements EventStore {
  readonly kind = 'postgresql';
  readonly durability: 'disk' | 'os';
  readonly logId: string;
  readonly #parts: Parts;
  readonly #consumers: PostgresConsumerStore;
  readonly #checker: EventChecker;
  readonly #eraser: EventEraser;
  readonly #spareColumns = new SpareColumns();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { logId, durability, connections, firsts, groups } = parts;
    this.logId = logId;
    this.durability = durability;
    this.#parts = parts;
    this.#consumers = new PostgresConsumerStore(connections, groups, () => this.#refuseWhenClosed());
    this.#checker = new EventChecker(connections, firsts);
    this.#eraser = new EventEraser(connections);
  }

  get consumers(): ConsumerStore {
    return this.#consumers;
  }

  startGroup(): AppendGroup {
    return new PackedAppendGroup(this.#spareColumns.take(), (events) => this.#append(events));
  }

  async #append(events: PackedEvents): Promise<PackedOutcomes> {
    const { appender, heads, onFailure } = this.#parts;
    this.#refuseWhenClosed();
    try {
      const { outcomes, head } = await appender.append(events);
      heads.raiseTo(head);
      return outcomes;
    } catch (error) {
      onFailure(error as OncelogError);
      throw error;
    } finally {
      this.#spareColumns.giveBack(events.columns);
    }
  }

  async check(events: readonly NewEvent[], options?: CheckOptions): Promise<readonly CheckedEvent[]> {
    this.#refuseWhenClosed();
    return this.#checker.check(events, options);
  }

  async get(topic: string, eventId: string): Promise<StoredEvent | undefined> {
    this.#refuseWhenClosed();
    return this.#parts.connections.read(async (db) => {
      const position = await positionOf(db, topic, eventId);
      return position === undefined ? undefined : getEvent(db, position);
    });
  }

  async list(query: ListQuery): Promise<ListSlice> {
    this.#refuseWhenClosed();
    return this.#parts.connections.read((db) => listEvents(db, query));
  }

  async tail(query: TailQuery): Promise<TailSlice> {
    this.#refuseWhenClosed();
    return this.#parts.connections.read((db) => tailEvents(db, query));
  }

  async stats(query: StatsQuery): Promise<StoreStats> {
    this.#refuseWhenClosed();
    return this.#parts.connections.readAtOneMoment((db) => readStats(db, query));
  }

  async erase(topic: string, eventId: string): Promise<boolean> {
    this.#refuseWhenClosed();
    return this.#eraser.erase(topic, eventId);
  }

  watchHead(onHead: (head: number) => void): () => void {
    return this.#parts.heads.watch(onHead);
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    const { appender, release } = this.#parts;
    await appender.idle();
    await this.#consumers.idle();
    await release();
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw new OncelogError('STORE_UNAVAILABLE', 'the store is closed');
  }
}
