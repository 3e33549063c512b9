// The reference store: shortest and most obviously right. Every other store must answer as it does.
import {
  type AppendGroup,
  canonicalDigest,
  type CheckedEvent,
  type CheckOptions,
  type ConsumerStore,
  defaultLimits,
  type EventStore,
  instantOfMs,
  isErased,
  type Limits,
  type LogEntry,
  type NamedCounters,
  type NewEvent,
  OncelogError,
  otherSources,
  type Outcome,
  type StatsQuery,
  type StoredEvent,
  type StoreStats,
  type Verdict,
} from '@oncelog/core';
import { listEvents } from './list-events.ts';
import { createMemoryConsumerStore } from './memory-consumer-store.ts';
import { createMemoryLog, createMemoryTopic, emptyTally, type MemoryLog, type Tally } from './memory-log.ts';
import { tailEvents } from './tail-events.ts';

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
  readonly consumers: ConsumerStore;
  readonly #log: MemoryLog;
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #headWatchers = new Set<(head: number) => void>();
  #closed = false;

  constructor(log: MemoryLog, limits: Limits, clock: () => number) {
    this.#log = log;
    this.#limits = limits;
    this.#clock = clock;
    this.consumers = createMemoryConsumerStore(log, () => this.#refuseWhenClosed());
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
    const { entries } = this.#log;
    const before = entries.length;
    const storedTimeMs = Math.max(this.#clock(), entries.at(-1)?.storedTimeMs ?? 0);
    const outcomes = batches.map((batch) => batch.map((event) => this.#put(event, storedTimeMs)));
    if (entries.length > before) for (const tell of this.#headWatchers) tell(entries.length);
    return outcomes;
  }

  async check(events: readonly NewEvent[], { keysOnly = false }: CheckOptions = {}): Promise<CheckedEvent[]> {
    this.#refuseWhenClosed();
    return events.map(({ topic, eventId, content }) => {
      const first = this.#log.topics.get(topic)?.byId.get(eventId);
      if (!first) return { status: 'new', position: 0, storedTimeMs: 0 };
      const { position, storedTimeMs } = first;
      const same = keysOnly || first.canonicalDigest === canonicalDigest(content);
      return { status: same ? 'duplicate' : 'conflict', position, storedTimeMs };
    });
  }

  async get(topic: string, eventId: string) {
    this.#refuseWhenClosed();
    const entry = this.#entryOf(topic, eventId);
    return entry && !isErased(entry) ? entry : undefined;
  }

  async list(query: Parameters<EventStore['list']>[0]) {
    this.#refuseWhenClosed();
    return listEvents(this.#log, query);
  }

  async tail(query: Parameters<EventStore['tail']>[0]) {
    this.#refuseWhenClosed();
    return tailEvents(this.#log, query);
  }

  async erase(topic: string, eventId: string): Promise<boolean> {
    this.#refuseWhenClosed();
    const entry = this.#entryOf(topic, eventId);
    if (!entry || isErased(entry)) return false;
    const { position, storedTimeMs } = entry;
    this.#log.entries[position - 1] = { erased: true, topic, eventId, position, storedTimeMs };
    return true;
  }

  watchHead(onHead: (head: number) => void): () => void {
    // A function of its own for each watch: the same one may be given twice.
    const tell = (head: number) => onHead(head);
    this.#headWatchers.add(tell);
    return () => void this.#headWatchers.delete(tell);
  }

  async stats({ topicsMax, sourcesMax }: StatsQuery): Promise<StoreStats> {
    this.#refuseWhenClosed();
    const { entries, total, topics, sources } = this.#log;
    const topicTallies = [...topics].map(([name, { tally }]): NamedCounters => ({ name, ...tally }));
    const sourceTallies = [...sources].map(([name, tally]): NamedCounters => ({ name, ...tally }));
    return {
      ...total,
      topics: mostFirst(topicTallies, 'stored').slice(0, topicsMax),
      topicCount: topics.size,
      sources: mostFirst(sourceTallies, 'received').slice(0, sourcesMax),
      sourceCount: sources.size,
      lastPosition: entries.length,
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
    const digest = canonicalDigest(event.content);
    const status = first === undefined ? 'stored' : first.canonicalDigest === digest ? 'duplicate' : 'conflict';
    for (const tally of [total, topic.tally, this.#sourceTally(event.source)]) count(tally, status);
    if (first) return { status, position: first.position, storedTimeMs: first.storedTimeMs };
    const position = this.#log.entries.length + 1;
    this.#log.entries.push(storedEvent(event, position, storedTimeMs));
    topic.positions.push(position);
    topic.byId.set(event.eventId, { position, storedTimeMs, canonicalDigest: digest });
    return { status, position, storedTimeMs };
  }

  /** The first sources to come are counted by name, the rest together. */
  #sourceTally(source: string): Tally {
    const { sources } = this.#log;
    const name = sources.has(source) || sources.size < this.#limits.sourcesCountedMax ? source : otherSources;
    const tally = sources.get(name) ?? emptyTally();
    sources.set(name, tally);
    return tally;
  }

  #entryOf(topic: string, eventId: string): LogEntry | undefined {
    const key = this.#log.topics.get(topic)?.byId.get(eventId);
    return key && this.#log.entries[key.position - 1];
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

function count(tally: Tally, status: Verdict): void {
  tally.received += 1;
  tally[counterOf[status]] += 1;
}

/** Names in the order of their UTF-8 bytes, which is not that of JavaScript's strings. */
function mostFirst(counters: NamedCounters[], by: 'stored' | 'received'): NamedCounters[] {
  return counters.sort((a, b) => b[by] - a[by] || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}
