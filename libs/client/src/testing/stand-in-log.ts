// The log's behaviour in memory, as far as clients see it: for tests of clients, which may not import the server.
import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type Event,
  GetStatsResponseSchema,
  type ListEventsRequest,
  ListEventsResponseSchema,
  Order,
  type Outcome,
  OutcomeSchema,
  OutcomeStatus,
  PublishResponseSchema,
  type StoredEvent,
  StoredEventSchema,
} from '@oncelog/protocol';
import { noCounts, type PublishCounts } from '../publish-counts.ts';

export class StandInLog {
  readonly events: StoredEvent[] = [];
  readonly counts = noCounts();
  sourcesListedMax = 1000;
  readonly #bySource = new Map<string, PublishCounts>();
  readonly #byKey = new Map<string, StoredEvent>();

  publish(events: readonly Event[]) {
    const before = { ...this.counts };
    const outcomes = events.map((event) => this.#store(event));
    const summary = {
      received: BigInt(this.counts.received - before.received),
      stored: BigInt(this.counts.stored - before.stored),
      duplicates: BigInt(this.counts.duplicates - before.duplicates),
      conflicts: BigInt(this.counts.conflicts - before.conflicts),
    };
    return create(PublishResponseSchema, { outcomes, summary });
  }

  get(topic: string, eventId: string): StoredEvent | undefined {
    return this.#byKey.get(JSON.stringify([topic, eventId]));
  }

  list({ topic, source, order, pageSize, pageToken, after }: ListEventsRequest) {
    const descending = order === Order.DESCENDING;
    const start = Number(pageToken || after || (descending ? this.events.length + 1 : 0));
    const matching = (descending ? this.events.toReversed() : this.events).filter(
      ({ event, position }) =>
        (descending ? position < BigInt(start) : position > BigInt(start)) &&
        (topic === '' || event?.topic === topic) &&
        (source === '' || event?.source === source),
    );
    const events = matching.slice(0, pageSize || 100);
    const nextPageToken = events.length < matching.length ? String(events.at(-1)?.position) : '';
    return create(ListEventsResponseSchema, { events, nextPageToken });
  }

  stats() {
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
      durability: 'memory',
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
      : sameContent(first.event, event)
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
    const storedTime = timestampFromDate(new Date());
    const stored = create(StoredEventSchema, { event, position, storedTime, cursor: String(position) });
    this.events.push(stored);
    this.#byKey.set(JSON.stringify([event.topic, event.eventId]), stored);
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

function sameContent(a: Event | undefined, b: Event): boolean {
  return a !== undefined && Buffer.compare(contentBytes(a), contentBytes(b)) === 0;
}

function contentBytes({ content }: Event): Uint8Array {
  if (content.case === 'data') return content.value;
  return Buffer.from(JSON.stringify(content.value ?? {}));
}

function bigCounts({ received, stored, duplicates, conflicts }: PublishCounts) {
  return {
    received: BigInt(received),
    stored: BigInt(stored),
    duplicates: BigInt(duplicates),
    conflicts: BigInt(conflicts),
  };
}
