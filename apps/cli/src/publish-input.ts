// Events from flags, files and pipes.
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import {
  create,
  type Event,
  eventFromJson,
  EventSchema,
  eventsFromJson,
  jsonContent,
  jsonObjectText,
  jsonType,
  OncelogClientError,
  refused,
  type Timestamp,
} from '@oncelog/client';
import { contentId } from './content-id.ts';
import { type Line, lineBytesMax, linesOf, withoutByteOrderMark } from './lines.ts';
import { UsageError } from './usage-error.ts';

/** A request may hold 1,000 events and 4 MiB. */
const batchEventsMax = 1000;
const batchBytesMax = 2 * 1024 * 1024;
const bytesBesideContent = 512;

const openingBrace = 0x7b;
const lineBreakBytes = 1;

/** One event of many, or why it is none. */
export type Item = {
  readonly place: string;
  /** What of its file it takes. */
  readonly bytes?: number;
} & (
  | { readonly event: Event; readonly failure?: undefined }
  | { readonly event?: undefined; readonly failure: OncelogClientError }
);

export interface SingleEvent {
  readonly topic: string;
  readonly id: string;
  readonly payload?: string | undefined;
  readonly data?: string | undefined;
  /** What came through a pipe in place of the two. */
  readonly piped?: Buffer | undefined;
  readonly contentType?: string | undefined;
  readonly source?: string | undefined;
  readonly timestamp?: Timestamp | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

export function singleEvent(given: SingleEvent): Event {
  const { topic, id, payload, data, piped, contentType, source = '', timestamp, attributes } = given;
  if (payload !== undefined && data !== undefined)
    throw new UsageError('--payload or --data: an event has one content');
  if (payload !== undefined && contentType !== undefined) {
    throw new UsageError('--content-type goes with --data; a payload is always JSON');
  }
  const typed = payload === undefined ? dataContent(data, contentType) : payloadContent(payload);
  const content = typed ?? pipedContent(piped, contentType);
  const eventId = id === contentId ? idOfContent(content?.content.value as Uint8Array | undefined) : id;
  return create(EventSchema, { topic, eventId, source, attributes, ...content, ...(timestamp && { timestamp }) });
}

export interface LineSettings {
  readonly topic: string | undefined;
  readonly source: string | undefined;
  /** Each line is the content of an event, its id is made from it; else each line is an event as JSON. */
  readonly idFromContent: boolean;
  /** What was read then still comes, nothing more is read. */
  readonly interrupted: AbortSignal;
}

/** Whatever has arrived, in batches that fit a request. */
async function* itemsOfLines(stream: Readable, settings: LineSettings): AsyncGenerator<Item[], void, undefined> {
  const { interrupted } = settings;
  const stop = () => void stream.destroy();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    for await (const lines of linesOf(stream)) {
      yield* batchesOf(lines.map((line) => itemOfLine(line, settings)));
    }
  } catch (error) {
    // A stream that was cut off by the interruption ends with an error of its own.
    if (!interrupted.aborted) throw error;
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}

/** From the file when there is one, else from the stream. */
export async function* itemsFrom(
  stream: Readable,
  file: string | undefined,
  settings: LineSettings,
): AsyncGenerator<Item[], void, undefined> {
  try {
    yield* file === undefined ? itemsOfLines(stream, settings) : itemsOfFile(file, settings);
  } catch (error) {
    if (isUnreadable(error)) throw new UsageError(`cannot read the file: ${error.message}`);
    throw error;
  }
}

function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'open' || error.syscall === 'read');
}

function itemsOfFile(path: string, settings: LineSettings): AsyncGenerator<Item[], void, undefined> {
  const linewise = settings.idFromContent || /\.(ndjson|jsonl)$/i.test(path);
  return linewise ? itemsOfLines(createReadStream(path), settings) : itemsOfDocument(path, settings);
}

/** A document is read as a whole before any of it is sent: a mistake in it refuses all of it. */
async function* itemsOfDocument(
  path: string,
  { topic, source, interrupted }: LineSettings,
): AsyncGenerator<Item[], void, undefined> {
  const file = await readFile(path);
  const events = eventsFromJson(textOf(withoutByteOrderMark(file), 'file'), { topic, source });
  const bytes = file.length / events.length;
  for (const items of batchesOf(events.map((event, index) => ({ place: `events[${index}]`, bytes, event })))) {
    if (interrupted.aborted) return;
    yield items;
  }
}

function eventOfLine(bytes: Buffer | undefined, { topic, source, idFromContent }: LineSettings): Event {
  if (!bytes) throw refused('EVENT_TOO_LARGE', 'line', `must be at most ${lineBytesMax} bytes`);
  if (!idFromContent) return eventFromJson(textOf(bytes, 'line'), { topic, source });
  return create(EventSchema, {
    topic: topic ?? '',
    eventId: idOfContent(bytes),
    source: source ?? '',
    content: { case: 'data', value: bytes },
    contentType: typeOf(bytes),
  });
}

/** Stored with a replacement character, it would not be what was sent. */
function textOf(bytes: Buffer, what: string): string {
  if (!isUtf8(bytes)) throw refused('MALFORMED', what, 'must be UTF-8');
  return bytes.toString();
}

function typeOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) return 'application/octet-stream';
  return bytes[0] === openingBrace && jsonObjectText(bytes.toString()) !== undefined ? jsonType : 'text/plain';
}

function itemOfLine({ number, bytes }: Line, settings: LineSettings): Item {
  const item = { place: `line ${number}`, bytes: (bytes?.length ?? lineBytesMax) + lineBreakBytes };
  try {
    return { ...item, event: eventOfLine(bytes, settings) };
  } catch (failure) {
    if (!(failure instanceof OncelogClientError)) throw failure;
    return { ...item, failure };
  }
}

export function* batchesOf(items: readonly Item[]): Generator<Item[], void, undefined> {
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const { content } = item.event ?? {};
    const size = bytesBesideContent + (content?.case === 'data' ? content.value.length : 0);
    if (batch.length === batchEventsMax || (batch.length > 0 && bytes + size > batchBytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

type Content = Pick<Event, 'content' | 'contentType'>;

function payloadContent(payload: string): Content {
  if (jsonObjectText(payload) === undefined) {
    throw new UsageError(`--payload must be a JSON object such as '{"total":42}'; send anything else with --data`);
  }
  return jsonContent(payload);
}

function dataContent(data: string | undefined, contentType = 'text/plain'): Content | undefined {
  return data === undefined ? undefined : { content: { case: 'data', value: Buffer.from(data) }, contentType };
}

/** The bytes as they came; around a JSON object white space, such as the line break of echo, is no part of it. */
function pipedContent(bytes: Buffer | undefined, contentType: string | undefined): Content | undefined {
  if (!bytes || bytes.length === 0) return undefined;
  if (contentType !== undefined) return { content: { case: 'data', value: bytes }, contentType };
  const value = isUtf8(bytes) ? withoutByteOrderMark(bytes) : bytes;
  const object = isUtf8(bytes) ? jsonObjectText(value.toString().trim()) : undefined;
  return object === undefined ? { content: { case: 'data', value }, contentType: typeOf(value) } : jsonContent(object);
}

function idOfContent(content: Uint8Array = Buffer.from('{}')): string {
  return createHash('sha256').update(content).digest('hex');
}
