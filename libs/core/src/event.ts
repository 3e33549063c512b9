// What an event is, before and after the log has taken it.

/** A moment to the nanosecond, as seconds since 1970-01-01T00:00:00Z and nanoseconds into that second. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

/**
 * The content of an event, as the bytes that were received.
 * Without a content type it is the JSON object that was sent as `payload`; with one it was sent as `data`.
 */
export interface Content {
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
}

export type Attributes = Readonly<Record<string, string>>;

/** An event on its way in. (topic, eventId) is its identity for ever. */
export interface NewEvent {
  readonly topic: string;
  readonly eventId: string;
  /** The publisher's clock; the commit's time stands in for it when absent. */
  readonly timestamp?: Instant | undefined;
  readonly source: string;
  readonly attributes?: Attributes | undefined;
  readonly content: Content;
}

/** An event as the log holds it. */
export interface StoredEvent extends NewEvent {
  readonly timestamp: Instant;
  /** Dense, from 1, in commit order. */
  readonly position: number;
  /** The server's clock at the commit; never runs backwards from one position to the next. */
  readonly storedTimeMs: number;
}

/** What is left of an event whose content was erased: its key stays taken for ever. */
export interface ErasedEvent {
  readonly erased: true;
  readonly topic: string;
  readonly eventId: string;
  readonly position: number;
  readonly storedTimeMs: number;
}

/** One place of the log. */
export type LogEntry = StoredEvent | ErasedEvent;

const emptyObject = new TextEncoder().encode('{}');

/** What an event without content holds: the empty JSON object, so that absent and `{}` are the same content. */
export const emptyContent: Content = { bytes: emptyObject };

/** What an event weighs beside its key: content and attributes, as they are kept. */
export function bodyBytes({ content, attributes }: Pick<NewEvent, 'content' | 'attributes'>): number {
  const attributesBytes = attributes === undefined ? 0 : Buffer.byteLength(JSON.stringify(attributes));
  return content.bytes.length + attributesBytes;
}

export function instantOfMs(ms: number): Instant {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: (ms - seconds * 1000) * 1_000_000 };
}
