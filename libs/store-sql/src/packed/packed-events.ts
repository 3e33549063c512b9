// Events on their way between threads, and how to read them: columns, so that nothing is cloned event by event.
import { type Content, digestBytes } from '@oncelog/core';
import type { Columns } from './columns.ts';

/** Stands for an event without a timestamp; real nanoseconds are never negative. */
export const noTimestamp = -1;

/** Stands for an event without a content type; a real one is never empty. */
export const noContentType = '';

export interface PackedEvents {
  readonly count: number;
  /** In the order in which they first come. */
  readonly topicNames: readonly string[];
  readonly sourceNames: readonly string[];
  readonly contentTypeNames: readonly string[];
  /** JSON text; no list at all when no event has any. */
  readonly attributes: readonly (string | null)[];
  readonly columns: Columns;
}

export function topicAt({ topicNames, columns }: PackedEvents, index: number): string {
  return topicNames[columns.topics[index]!]!;
}

export function sourceAt({ sourceNames, columns }: PackedEvents, index: number): string {
  return sourceNames[columns.sources[index]!]!;
}

export function contentTypeAt({ contentTypeNames, columns }: PackedEvents, index: number): string | null {
  const contentType = contentTypeNames[columns.contentTypes[index]!]!;
  return contentType === noContentType ? null : contentType;
}

export function attributesAt({ attributes }: PackedEvents, index: number): string | null {
  return attributes[index] ?? null;
}

export function hasTimestamp({ columns }: PackedEvents, index: number): boolean {
  return columns.nanos[index] !== noTimestamp;
}

export function eventIdAt({ columns }: PackedEvents, index: number): Uint8Array {
  return part(columns.ids, columns.idEnds, index);
}

export function contentBytesAt({ columns }: PackedEvents, index: number): Uint8Array {
  return part(columns.contents, columns.contentEnds, index);
}

export function contentAt(packed: PackedEvents, index: number): Content {
  const bytes = contentBytesAt(packed, index);
  const contentType = contentTypeAt(packed, index);
  return contentType === null ? { bytes } : { bytes, contentType };
}

export function digestAt({ columns }: PackedEvents, index: number): Uint8Array {
  return columns.digests.subarray(index * digestBytes, (index + 1) * digestBytes);
}

export function contentBytesOf({ count, columns }: PackedEvents): number {
  return count === 0 ? 0 : columns.contentEnds[count - 1]!;
}

function part(bytes: Uint8Array, ends: Uint32Array, index: number): Uint8Array {
  return bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
}
