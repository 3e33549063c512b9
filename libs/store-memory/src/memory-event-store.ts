// The reference store: shortest and most obviously right. Every other store must answer as it does.
import {
  type AppendGroup,
  defaultLimits,
  instantOfMs,
  type EventStore,
  type Limits,
  type NamedCounters,
  type NewEvent,
  OncelogError,
  otherSources,
  type Outcome,
  type OutcomeStatus,
  sameContent,
  type StatsQuery,
  type StoredEvent,
  type StoreStats,
} from '@oncelog/core';
import { listEvents } from './list-events.ts';
import { createMemoryLog, createMemoryTopic, emptyTally, type MemoryLog, type Tally } from './memory-log.ts';

const counterOf = { stored: 'stored', duplicate: 'duplicates', conflict: 'conflicts' } as const;

export interface MemoryEventStoreOptions {
  readonly limits?: Partial<Limits>;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly logId?: string;
  /** What an earlier store held, to open it again. */
  readonly log?: MemoryLog;
}

export function createMemoryEventStore(options: MemoryEventStoreOptions = {}): EventStore {
  const { clock = Date.now, log = createMemoryLog(options.logId) } = options;
  return new MemoryEventStore(log, { ...defaultLimits, ...options.limits }, clock);
}

class MemoryEventStore implements EventStore {
  readonly kind = 'memory';
  readonly durability = 'memory';
  readonly #log: MemoryLog;
  readonly #limits: Limits;
  readonly #clock: () => number;
  #closed = false;

  constructor(log: MemoryLog, limits: Limits, clock: () => number) {
    this.#log = log;
    this.#limits = limits;
    this.#clock = clock;
  }

  get logId(): string {
    return this.#log.logId;
  }

  startGroup(): AppendGroup {
    const batches: (readonly NewEvent[])[] = [];
    return {
      add: (events) => void batches.push(events.map(withOwnBytes)),
      commit: async () => this.#append(batches),
    };
  }

  #append(batches: readonly (readonly NewEvent[])[]): Outcome[][] {
    this.#refuseWhenClosed();
    const storedTimeMs = Math.max(this.#clock(), this.#log.events.at(-1)?.storedTimeMs ?? 0);
    return batches.map((batch) => batch.map((event) => this.#put(event, storedTimeMs)));
  }

  async get(topic: string, eventId: string) {
    this.#refuseWhenClosed();
    return this.#log.topics.get(topic)?.byId.get(eventId);
  }

  async list(query: Parameters<EventStore['list']>[0]) {
    this.#refuseWhenClosed();
    return listEvents(this.#log, query);
  }

  async stats({ topicsMax, sourcesMax }: StatsQuery): Promise<StoreStats> {
    this.#refuseWhenClosed();
    const { events, total, topics, sources } = this.#log;
    const topicTallies = [...topics].map(([name, { tally }]): NamedCounters => ({ name, ...tally }));
    const sourceTallies = [...sources].map(([name, tally]): NamedCounters => ({ name, ...tally }));
    return {
      ...total,
      topics: mostFirst(topicTallies, 'stored').slice(0, topicsMax),
      topicCount: topics.size,
      sources: mostFirst(sourceTallies, 'received').slice(0, sourcesMax),
      sourceCount: sources.size,
      lastPosition: events.length,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #put(event: NewEvent, storedTimeMs: number): Outcome {
    const { topics, total } = this.#log;
    const topic = topics.get(event.topic) ?? createMemoryTopic();
    topics.set(event.topic, topic);
    const first = topic.byId.get(event.eventId);
    const status =
      first === undefined ? 'stored' : sameContent(first.content, event.content) ? 'duplicate' : 'conflict';
    for (const tally of [total, topic.tally, this.#sourceTally(event.source)]) count(tally, status);
    const kept = first ?? storedEvent(event, this.#log.events.length + 1, storedTimeMs);
    if (first === undefined) {
      this.#log.events.push(kept);
      topic.events.push(kept);
      topic.byId.set(event.eventId, kept);
    }
    return { status, position: kept.position, storedTimeMs: kept.storedTimeMs };
  }

  /** The first sources to come are counted by name, the rest together. */
  #sourceTally(source: string): Tally {
    const { sources } = this.#log;
    const name = sources.has(source) || sources.size < this.#limits.sourcesCountedMax ? source : otherSources;
    const tally = sources.get(name) ?? emptyTally();
    sources.set(name, tally);
    return tally;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new OncelogError('STORE_UNAVAILABLE', 'the store is closed');
  }
}

function storedEvent(event: NewEvent, position: number, storedTimeMs: number): StoredEvent {
  const timestamp = event.timestamp ?? instantOfMs(storedTimeMs);
  return { ...event, timestamp, position, storedTimeMs };
}

/** The bytes handed in may be a view that keeps a whole request of 4 MiB alive. */
function withOwnBytes(event: NewEvent): NewEvent {
  return { ...event, content: { ...event.content, bytes: Uint8Array.from(event.content.bytes) } };
}

function count(tally: Tally, status: OutcomeStatus): void {
  tally.received += 1;
  tally[counterOf[status]] += 1;
}

/** Names in the order of their UTF-8 bytes, which is not that of JavaScript's strings. */
function mostFirst(counters: NamedCounters[], by: 'stored' | 'received'): NamedCounters[] {
  return counters.sort((a, b) => b[by] - a[by] || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
