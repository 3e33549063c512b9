// Events on their way between threads: columns and one buffer, so that each byte is copied once.
import {
  type Content,
  contentDigest,
  digestBytes,
  type NewEvent,
  type Outcome,
  type OutcomeStatus,
  type StoredEvent,
} from '@oncelog/core';

const statuses = ['stored', 'duplicate', 'conflict'] as const satisfies readonly OutcomeStatus[];

/** Stands for an event without a timestamp; real nanoseconds are never negative. */
const noTimestamp = -1;

export interface PackedEvents {
  readonly topics: readonly string[];
  readonly eventIds: readonly string[];
  readonly sources: readonly string[];
  readonly seconds: Float64Array;
  readonly nanos: Int32Array;
  /** JSON text. */
  readonly attributes: readonly (string | null)[];
  readonly contentTypes: readonly (string | null)[];
  /** Where in `bytes` the content of each event ends; it begins where the one before ends. */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The digests come along ready: the thread that writes is the one that all wait for. */
export interface PackedNewEvents extends PackedEvents {
  readonly digests: Uint8Array<ArrayBuffer>;
}

export interface PackedOutcomes {
  /** Indexes into the statuses. */
  readonly statuses: Uint8Array<ArrayBuffer>;
  readonly positions: Float64Array<ArrayBuffer>;
  readonly storedTimesMs: Float64Array<ArrayBuffer>;
}

export interface PackedStoredEvents extends PackedEvents {
  readonly positions: Float64Array;
  readonly storedTimesMs: Float64Array;
}

function packEvents(events: readonly NewEvent[]): PackedEvents {
  const count = events.length;
  const seconds = new Float64Array(count);
  const nanos = new Int32Array(count);
  const ends = new Uint32Array(count);
  let size = 0;
  events.forEach(({ timestamp, content }, index) => {
    seconds[index] = timestamp?.seconds ?? 0;
    nanos[index] = timestamp?.nanos ?? noTimestamp;
    ends[index] = size += content.bytes.length;
  });
  const bytes = new Uint8Array(size);
  events.forEach(({ content }, index) => bytes.set(content.bytes, ends[index]! - content.bytes.length));
  return {
    topics: events.map(({ topic }) => topic),
    eventIds: events.map(({ eventId }) => eventId),
    sources: events.map(({ source }) => source),
    seconds,
    nanos,
    attributes: events.map(({ attributes }) => (attributes === undefined ? null : JSON.stringify(attributes))),
    contentTypes: events.map(({ content }) => content.contentType ?? null),
    ends,
    bytes,
  };
}

export function packNewEvents(events: readonly NewEvent[]): PackedNewEvents {
  const digests = new Uint8Array(events.length * digestBytes);
  events.forEach(({ content }, index) => digests.set(contentDigest(content), index * digestBytes));
  return { ...packEvents(events), digests };
}

export function packStoredEvents(events: readonly StoredEvent[]): PackedStoredEvents {
  return {
    ...packEvents(events),
    positions: Float64Array.from(events, ({ position }) => position),
    storedTimesMs: Float64Array.from(events, ({ storedTimeMs }) => storedTimeMs),
  };
}

export function unpackStoredEvents(packed: PackedStoredEvents): StoredEvent[] {
  return packed.topics.map((topic, index): StoredEvent => {
    const attributes = packed.attributes[index];
    return {
      topic,
      eventId: packed.eventIds[index]!,
      timestamp: { seconds: packed.seconds[index]!, nanos: packed.nanos[index]! },
      source: packed.sources[index]!,
      ...(typeof attributes === 'string' ? { attributes: JSON.parse(attributes) } : undefined),
      content: contentAt(packed, index),
      position: packed.positions[index]!,
      storedTimeMs: packed.storedTimesMs[index]!,
    };
  });
}

export function hasTimestamp(packed: PackedEvents, index: number): boolean {
  return packed.nanos[index] !== noTimestamp;
}

export function contentAt({ bytes, ends, contentTypes }: PackedEvents, index: number): Content {
  const view = bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
  const contentType = contentTypes[index];
  return typeof contentType === 'string' ? { bytes: view, contentType } : { bytes: view };
}

export function digestAt({ digests }: PackedNewEvents, index: number): Uint8Array {
  return digests.subarray(index * digestBytes, (index + 1) * digestBytes);
}

export function emptyOutcomes(count: number): PackedOutcomes {
  return {
    statuses: new Uint8Array(count),
    positions: new Float64Array(count),
    storedTimesMs: new Float64Array(count),
  };
}

export function setOutcome(packed: PackedOutcomes, index: number, { status, position, storedTimeMs }: Outcome): void {
  packed.statuses[index] = statuses.indexOf(status);
  packed.positions[index] = position;
  packed.storedTimesMs[index] = storedTimeMs;
}

/** Back into the batches that were appended together. */
export function unpackOutcomes(packed: PackedOutcomes, batchSizes: readonly number[]): Outcome[][] {
  let index = 0;
  const next = (): Outcome => {
    const status = statuses[packed.statuses[index]!]!;
    const outcome = { status, position: packed.positions[index]!, storedTimeMs: packed.storedTimesMs[index]! };
    index += 1;
    return outcome;
  };
  return batchSizes.map((size) => Array.from({ length: size }, next));
}
