// Events on their way between threads: columns in few buffers, so that nothing is cloned event by event.
import { type Content, contentDigest, digestBytes, type NewEvent, type StoredEvent } from '@oncelog/core';
import { eventIdOf, writeEventId } from '@oncelog/store-sql';

/** Stands for an event without a timestamp; real nanoseconds are never negative. */
const noTimestamp = -1;

/** Stands for an event without a content type; a real one is never empty. */
const noContentType = '';

/** Few distinct names, and for each event which of them. */
export interface NameColumn {
  /** In the order in which they first come. */
  readonly names: readonly string[];
  readonly numbers: Uint32Array;
}

/** The value of each event begins where the one before ends. */
export interface BytesColumn {
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface PackedEvents {
  readonly count: number;
  readonly topics: NameColumn;
  readonly sources: NameColumn;
  readonly contentTypes: NameColumn;
  readonly eventIds: BytesColumn;
  readonly contents: BytesColumn;
  readonly seconds: Float64Array;
  readonly nanos: Int32Array;
  /** JSON text. */
  readonly attributes: readonly (string | null)[];
}

/** The digests come along ready: the thread that writes is the one that all wait for. */
export interface PackedNewEvents extends PackedEvents {
  readonly digests: Uint8Array<ArrayBuffer>;
}

export interface PackedStoredEvents extends PackedEvents {
  readonly positions: Float64Array;
  readonly storedTimesMs: Float64Array;
}

function packEvents(events: readonly NewEvent[]): PackedEvents {
  const seconds = new Float64Array(events.length);
  const nanos = new Int32Array(events.length);
  for (let index = 0; index < events.length; index += 1) {
    const { timestamp } = events[index]!;
    seconds[index] = timestamp?.seconds ?? 0;
    nanos[index] = timestamp?.nanos ?? noTimestamp;
  }
  return {
    count: events.length,
    topics: packNames(events, ({ topic }) => topic),
    sources: packNames(events, ({ source }) => source),
    contentTypes: packNames(events, ({ content }) => content.contentType ?? noContentType),
    eventIds: packEventIds(events),
    contents: packContents(events),
    seconds,
    nanos,
    attributes: events.map(({ attributes }) => (attributes === undefined ? null : JSON.stringify(attributes))),
  };
}

function packNames(events: readonly NewEvent[], nameOf: (event: NewEvent) => string): NameColumn {
  const numberOf = new Map<string, number>();
  const numbers = new Uint32Array(events.length);
  for (let index = 0; index < events.length; index += 1) {
    const name = nameOf(events[index]!);
    let number = numberOf.get(name);
    if (number === undefined) numberOf.set(name, (number = numberOf.size));
    numbers[index] = number;
  }
  return { names: [...numberOf.keys()], numbers };
}

function packEventIds(events: readonly NewEvent[]): BytesColumn {
  let sizeMax = 0;
  for (const { eventId } of events) sizeMax += Buffer.byteLength(eventId);
  const bytes = new Uint8Array(sizeMax);
  const view = Buffer.from(bytes.buffer);
  const ends = new Uint32Array(events.length);
  for (let index = 0, end = 0; index < events.length; index += 1) {
    ends[index] = end = writeEventId(events[index]!.eventId, view, end);
  }
  return { ends, bytes };
}

function packContents(events: readonly NewEvent[]): BytesColumn {
  const ends = new Uint32Array(events.length);
  let size = 0;
  for (let index = 0; index < events.length; index += 1) ends[index] = size += events[index]!.content.bytes.length;
  const bytes = new Uint8Array(size);
  for (let index = 0; index < events.length; index += 1) {
    const content = events[index]!.content.bytes;
    bytes.set(content, ends[index]! - content.length);
  }
  return { ends, bytes };
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

/** What is given away to the other thread instead of copied: the columns that grow with the events. */
export function buffersOf({ eventIds, contents }: PackedEvents): ArrayBuffer[] {
  return [eventIds.bytes.buffer, contents.bytes.buffer];
}

export function unpackStoredEvents(packed: PackedStoredEvents): StoredEvent[] {
  return Array.from({ length: packed.count }, (_, index): StoredEvent => {
    const attributes = packed.attributes[index];
    return {
      topic: nameAt(packed.topics, index),
      eventId: eventIdOf(bytesAt(packed.eventIds, index)),
      timestamp: { seconds: packed.seconds[index]!, nanos: packed.nanos[index]! },
      source: nameAt(packed.sources, index),
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

export function nameAt({ names, numbers }: NameColumn, index: number): string {
  return names[numbers[index]!]!;
}

export function bytesAt({ bytes, ends }: BytesColumn, index: number): Uint8Array {
  return bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
}

export function contentTypeAt({ contentTypes }: PackedEvents, index: number): string | null {
  const contentType = nameAt(contentTypes, index);
  return contentType === noContentType ? null : contentType;
}

export function contentAt(packed: PackedEvents, index: number): Content {
  const bytes = bytesAt(packed.contents, index);
  const contentType = contentTypeAt(packed, index);
  return contentType === null ? { bytes } : { bytes, contentType };
}

export function digestAt({ digests }: PackedNewEvents, index: number): Uint8Array {
  return digests.subarray(index * digestBytes, (index + 1) * digestBytes);
}
