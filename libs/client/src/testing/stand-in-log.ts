// The log's behaviour in memory, as far as clients see it: for tests of clients, which may not import the server.
import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampDate, timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type CheckedEvent,
  CheckedEventSchema,
  CheckStatus,
  ContentView,
  type ErasedEvent,
  ErasedEventSchema,
  type Event,
  type GetStatsResponse,
  GetStatsResponseSchema,
  type ListEventsRequest,
  type ListEventsResponse,
  ListEventsResponseSchema,
  Order,
  type Outcome,
  OutcomeSchema,
  OutcomeStatus,
  type PublishResponse,
  PublishResponseSchema,
  type StoredEvent,
  StoredEventSchema,
} from '@oncelog/protocol';
import { bigCounts, noCounts, type PublishCounts } from '../publishing/publish-counts.ts';
import type { StandInBroker } from './stand-in-broker.ts';
import { sameContent, shownAs } from './stand-in-content.ts';
import { brokenRule } from './stand-in-refusal.ts';
import { checkPublished } from './stand-in-rules.ts';

const pageSizeDefault = 100;
const pageSizeMax = 1000;

export class StandInLog {
  readonly events: StoredEvent[] = [];
  readonly counts: PublishCounts = noCounts();
  sourcesListedMax = 1000;
  /** Takes what is published, when there is one; `storeAccepted` stores it. */
  broker: StandInBroker | undefined;
  /** Called after each publish that stored something, and after each erasure. */
  readonly watchers: Set<() => void> = new Set();
  readonly #bySource = new Map<string, PublishCounts>();
  readonly #byKey = new Map<string, StoredEvent>();
  readonly #erased = new Map<bigint, ErasedEvent>();

  publish(events: readonly Event[]): PublishResponse {
    checkPublished(events);
    if (this.broker) {
      const summary = { ...noCounts(), received: events.length, accepted: events.length };
      return create(PublishResponseSchema, { outcomes: this.broker.accept(events), summary: bigCounts(summary) });
    }
    return this.#publishNow(events);
  }

  /** What a worker does: as many as given of those that the broker holds, or all of them. */
  storeAccepted(count?: number): void {
    this.#publishNow(this.broker?.take(count) ?? []);
  }

  #publishNow(events: readonly Event[]): PublishResponse {
    const before = { ...this.counts };
    const outcomes = events.map((event) => this.#store(event));
    const summary = {
      received: this.counts.received - before.received,
      stored: this.counts.stored - before.stored,
      duplicates: this.counts.duplicates - before.duplicates,
      conflicts: this.counts.conflicts - before.conflicts,
      accepted: 0,
    };
    if (summary.stored > 0) for (const changed of this.watchers) changed();
    const stored = outcomes.filter(({ status }) => status === OutcomeStatus.STORED);
    return create(PublishResponseSchema, {
      outcomes,
      summary: {
        ...bigCounts(summary),
        firstPosition: stored[0]?.position ?? 0n,
        lastPosition: stored.at(-1)?.position ?? 0n,
      },
    });
  }

  check(events: readonly Event[], keysOnly: boolean): CheckedEvent[] {
    checkPublished(events);
    return events.map((event) => {
      const first = this.get(event.topic, event.eventId);
      if (!first) return create(CheckedEventSchema, { status: CheckStatus.NEW });
      const { position, storedTime } = first;
      const status = keysOnly || sameContent(first.event!, event) ? CheckStatus.DUPLICATE : CheckStatus.CONFLICT;
      return create(CheckedEventSchema, { status, position, ...(storedTime && { firstStoredTime: storedTime }) });
    });
  }

  get(topic: string, eventId: string): StoredEvent | undefined {
    return this.#byKey.get(keyOf(topic, eventId));
  }

  /** What readers get at a position: the event, or what is left of it. */
  entryAt(position: number): StoredEvent | ErasedEvent | undefined {
    return this.#erased.get(BigInt(position)) ?? this.events[position - 1];
  }

  /** Takes the content away; the key stays taken. */
  erase(topic: string, eventId: string): void {
    const { position, storedTime, cursor } = this.get(topic, eventId)!;
    const times = storedTime && { storedTime };
    this.#erased.set(position, create(ErasedEventSchema, { topic, eventId, position, cursor, ...times }));
    for (const changed of this.watchers) changed();
  }

  /** The position behind a cursor. */
  placeOf(cursor: string, field: string): number {
    const position = Number(cursor);
    if (/^\d+$/.test(cursor) && position <= this.events.length) return position;
    throw brokenRule(field, 'is not a cursor of this log; take it from an answer, unchanged');
  }

  list(request: ListEventsRequest): ListEventsResponse {
    const { topic, source, order, pageSize, pageToken, after, since, until, contentView } = request;
    if (pageSize < 0 || pageSize > pageSizeMax) throw brokenRule('page_size', `must be 1 to ${pageSizeMax}`);
    const descending = order === Order.DESCENDING;
    const cursor = pageToken || after;
    const start = cursor === '' ? (descending ? this.events.length + 1 : 0) : this.placeOf(cursor, 'after');
    const matching = (descending ? this.events.toReversed() : this.events).filter(
      ({ event, position, storedTime }) =>
        (descending ? position < BigInt(start) : position > BigInt(start)) &&
        !this.#erased.has(position) &&
        (topic === '' || event?.topic === topic) &&
        (source === '' || event?.source === source) &&
        (!since || msOf(storedTime) >= msOf(since)) &&
        (!until || msOf(storedTime) < msOf(until)),
    );
    const events = matching.slice(0, pageSize || pageSizeDefault);
    const whole = events.length === matching.length;
    const nextPageToken = whole ? '' : String(events.at(-1)?.position);
    return create(ListEventsResponseSchema, {
      events: events.map((stored) => storedAs(stored, contentView)),
      nextPageToken,
      resumeCursor: descending || whole ? this.head() : nextPageToken,
      ...(topic !== '' && { topicSize: BigInt(this.#countsOfTopic(topic).stored) }),
    });
  }

  /** The cursor of the newest event; empty when there is none. */
  head(): string {
    return this.events.at(-1)?.cursor ?? '';
  }

  stats(): GetStatsResponse {
    if (this.broker) this.storeAccepted(this.broker.storesAtEachLook);
    const sources = [...this.#bySource].map(([name, counts]) => ({ name, counters: bigCounts(counts) }));
    const topicNames = [...new Set(this.events.map(({ event }) => event?.topic ?? ''))];
    const topics = topicNames.map((name) => ({ name, counters: bigCounts(this.#countsOfTopic(name)) }));
    return create(GetStatsResponseSchema, {
      counters: bigCounts(this.counts),
      sources: sources.slice(0, this.sourcesListedMax),
      sourceCount: BigInt(sources.length),
      topics,
      topicCount: BigInt(topics.length),
      store: 'memory',
      durability: this.broker ? 'accepted' : 'memory',
      ...(this.broker && { broker: this.broker.stats() }),
      uptime: { seconds: 3661n },
      lastPosition: BigInt(this.events.length),
    });
  }

  /** A source that has sent nothing of interest. */
  countSource(name: string): void {
    this.#bySource.set(name, noCounts());
  }

  /** What no log may do: lose the counters of a source. */
  forget(source: string): void {
    this.#bySource.delete(source);
  }

  #store(event: Event): Outcome {
    const first = this.get(event.topic, event.eventId);
    const status = !first
      ? OutcomeStatus.STORED
      : sameContent(first.event!, event)
        ? OutcomeStatus.DUPLICATE
        : OutcomeStatus.CONFLICT;
    this.#count(this.counts, status);
    const ofSource = this.#bySource.get(event.source) ?? noCounts();
    this.#bySource.set(event.source, ofSource);
    this.#count(ofSource, status);
    if (first)
      return create(OutcomeSchema, {
        status,
        position: first.position,
        ...(first.storedTime && { firstStoredTime: first.storedTime }),
      });
    const position = BigInt(this.events.length + 1);
    const stored = create(StoredEventSchema, {
      event: { ...event, timestamp: event.timestamp ?? timestampNow() },
      position,
      storedTime: timestampNow(),
      cursor: String(position),
    });
    this.events.push(stored);
    this.#byKey.set(keyOf(event.topic, event.eventId), stored);
    return create(OutcomeSchema, { status, position });
  }

  #count(counts: PublishCounts, status: OutcomeStatus): void {
    counts.received += 1;
    if (status === OutcomeStatus.STORED) counts.stored += 1;
    else if (status === OutcomeStatus.DUPLICATE) counts.duplicates += 1;
    else counts.conflicts += 1;
  }

  #countsOfTopic(name: string): PublishCounts {
    const stored = this.events.filter(({ event }) => event?.topic === name).length;
    return { ...noCounts(), received: stored, stored };
  }
}

export function storedAs(stored: StoredEvent, view: ContentView): StoredEvent {
  return stored.event ? { ...stored, event: shownAs(stored.event, view) } : stored;
}

function keyOf(topic: string, eventId: string): string {
  return JSON.stringify([topic, eventId]);
}

function msOf(time: Timestamp | undefined): number {
  return time ? timestampDate(time).getTime() : 0;
}
