// Events on their way between threads: columns in few buffers, so that nothing is cloned event by event.
import { type Content, digestBytes } from '@oncelog/core';

/** Stands for an event without a timestamp; real nanoseconds are never negative. */
export const noTimestamp = -1;

/** Stands for an event without a content type; a real one is never empty. */
export const noContentType = '';

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

/** The columns may be longer than the events are many. */
export interface PackedEvents {
  readonly count: number;
  readonly topics: NameColumn;
  readonly sources: NameColumn;
  readonly contentTypes: NameColumn;
  readonly eventIds: BytesColumn;
  readonly contents: BytesColumn;
  readonly seconds: Float64Array;
  readonly nanos: Int32Array;
  /** JSON text; no list at all when no event has any. */
  readonly attributes: readonly (string | null)[];
}

/** The digests come along ready: the thread that writes is the one that all wait for. */
export interface PackedNewEvents extends PackedEvents {
  readonly digests: Uint8Array<ArrayBuffer>;
}

/** What is given away to the other thread instead of copied: the columns that grow with the events. */
export function buffersOf({ eventIds, contents }: PackedEvents): ArrayBuffer[] {
  return [eventIds.bytes.buffer, contents.bytes.buffer];
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

export function attributesAt({ attributes }: PackedEvents, index: number): string | null {
  return attributes[index] ?? null;
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
