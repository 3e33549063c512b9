// The bodies of POST /publish and POST /check: one event, an array of them, or {"events": […]}; and a line of NDJSON.
import {
  type Attributes,
  type Content,
  emptyContent,
  type Limits,
  type NewEvent,
  type Violation,
  violated,
} from '@oncelog/core';
import { depthOf, elementStarts, memberSpans, skipSpace } from './json-spans.ts';
import { parseInstant } from './rfc3339.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

type JsonEvent = Record<string, unknown>;

export interface PublishBodyOptions {
  readonly limits: Limits;
  /** The `Idempotency-Key` header: the id of a single event that has none. */
  readonly idempotencyKey?: string | undefined;
}

export interface PublishBody {
  readonly events: NewEvent[];
  /** What stands beside `events` in an object that holds them; nothing in the other shapes. */
  readonly beside: JsonEvent;
}

export function parsePublishBody(body: Uint8Array, { limits, idempotencyKey }: PublishBodyOptions): PublishBody {
  const text = decodeText(body);
  if (text.trim() === '') throw malformed('is empty; send one event, an array of events, or {"events": […]}');
  const value = parseJson(text);
  const { events, starts, beside } = eventsIn(value, text);
  if (idempotencyKey !== undefined) nameSingleEvent(events, idempotencyKey);
  const read = (event: unknown, index: number) =>
    newEvent(event, `events[${index}]`, { text, start: starts[index]!, limits });
  return { events: events.map(read), beside };
}

/** Absent and null are false. */
export function flagIn(fields: JsonEvent, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false', value);
  return value;
}

/** One event by itself, as a line of NDJSON holds it; undefined for a line of white space. */
export function parseEventLine(line: Uint8Array, limits: Limits): NewEvent | undefined {
  const text = decodeText(line);
  if (text.trim() === '') return undefined;
  return newEvent(parseJson(text), 'events[0]', { text, start: skipSpace(text, 0), limits });
}

function decodeText(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw malformed('is not UTF-8');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(`is not JSON: ${(error as Error).message}`);
  }
}

function malformed(description: string) {
  return violated('MALFORMED', [{ field: 'body', description }]);
}

/** The events with the places in the text where they begin. */
function eventsIn(value: unknown, text: string): { events: unknown[]; starts: readonly number[]; beside: JsonEvent } {
  const start = skipSpace(text, 0);
  if (Array.isArray(value)) return { events: value, starts: elementStarts(text, start), beside: {} };
  if (isObject(value) && 'events' in value) {
    if (!Array.isArray(value['events'])) throw wrongType('events', 'an array', value['events']);
    const starts = elementStarts(text, memberSpans(text, start).get('events')!.start);
    return { events: value['events'], starts, beside: value };
  }
  return { events: [value], starts: [start], beside: {} };
}

function nameSingleEvent(events: unknown[], eventId: string): void {
  const [event] = events;
  if (events.length === 1 && isObject(event)) event['event_id'] ??= eventId;
}

interface EventSource {
  readonly text: string;
  readonly start: number;
  readonly limits: Limits;
}

function newEvent(event: unknown, path: string, source: EventSource): NewEvent {
  if (!isObject(event)) throw wrongType(path, 'an object', event);
  return {
    topic: textIn(event, 'topic', path),
    eventId: textIn(event, 'event_id', path),
    timestamp: timestampIn(event, path),
    source: textIn(event, 'source', path),
    attributes: attributesIn(event, path),
    content: contentIn(event, path, source),
  };
}

/** Absent and null are the empty text; whether that is allowed is for the rules of an event to say. */
function textIn(event: JsonEvent, name: string, path: string): string {
  const value = event[name] ?? '';
  if (typeof value !== 'string') throw wrongType(`${path}.${name}`, 'a string', value);
  return value;
}

function timestampIn(event: JsonEvent, path: string) {
  const text = textIn(event, 'timestamp', path);
  if (text === '') return undefined;
  const instant = parseInstant(text);
  if (instant) return instant;
  const description = 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z or 2026-01-31T19:00:00.123+07:00';
  throw violated('RULE_BROKEN', [{ field: `${path}.timestamp`, description, actual: text.slice(0, 64) }]);
}

function attributesIn(event: JsonEvent, path: string): Attributes | undefined {
  const value = event['attributes'] ?? undefined;
  if (value === undefined) return undefined;
  if (!isObject(value)) throw wrongType(`${path}.attributes`, 'an object of strings', value);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw wrongType(`${path}.attributes[${JSON.stringify(key)}]`, 'a string', text);
  }
  return Object.keys(value).length === 0 ? undefined : (value as Attributes);
}

function contentIn(event: JsonEvent, path: string, source: EventSource): Content {
  const payload = event['payload'] ?? undefined;
  const data = event['data'] ?? undefined;
  const contentType = textIn(event, 'content_type', path);
  if (payload !== undefined && (data !== undefined || contentType !== '')) {
    const description = 'is JSON by itself; `data` and `content_type` do not go with it';
    throw violated('RULE_BROKEN', [{ field: `${path}.payload`, description }]);
  }
  if (data !== undefined) return { bytes: bytesOf(data, path), contentType: contentType || 'application/octet-stream' };
  if (contentType !== '') {
    throw violated('RULE_BROKEN', [
      { field: `${path}.content_type`, description: 'belongs to `data`, which is absent' },
    ]);
  }
  if (payload === undefined) return emptyContent;
  if (!isObject(payload)) throw wrongType(`${path}.payload`, 'an object', payload);
  return { bytes: payloadBytes(path, source) };
}

/** The very bytes that were sent: parsing would round integers of 64 bits. */
function payloadBytes(path: string, { text, start, limits }: EventSource): Uint8Array {
  const span = memberSpans(text, start).get('payload')!;
  const depth = depthOf(text, span);
  if (depth > limits.jsonDepthMax) {
    const description = `must be nested at most ${limits.jsonDepthMax} levels deep, is ${depth}`;
    throw violated('RULE_BROKEN', [
      { field: `${path}.payload`, description, limit: limits.jsonDepthMax, actual: depth },
    ]);
  }
  return encoder.encode(text.slice(span.start, span.end));
}

function bytesOf(data: unknown, path: string): Uint8Array {
  if (typeof data !== 'string') throw wrongType(`${path}.data`, 'base64 text', data);
  const bytes = Buffer.from(data, 'base64');
  // Node skips what is no base64 and drops what is left over; both would store something else than was sent.
  if (bytes.toString('base64url') !== data.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')) {
    throw violated('RULE_BROKEN', [{ field: `${path}.data`, description: 'must be base64' }]);
  }
  return bytes;
}

function wrongType(field: string, expected: string, actual: unknown) {
  const found = actual === null ? 'null' : Array.isArray(actual) ? 'an array' : `a ${typeof actual}`;
  const violation: Violation = {
    field,
    description: `must be ${expected}, is ${found.replace('a object', 'an object')}`,
  };
  return violated('RULE_BROKEN', [violation]);
}

function isObject(value: unknown): value is JsonEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
