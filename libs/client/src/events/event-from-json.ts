// Events from JSON as people write it: the object of the REST interface, a list of them, or {"events": […]}.
import { create, fromJson } from '@bufbuild/protobuf';
import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire';
import { type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from '@oncelog/protocol';
import { OncelogClientError, refused } from '../failures/client-error.ts';
import { isJsonObject, parseExactJson, printExactJson } from './exact-json.ts';

export const jsonType = 'application/json';

const utf8 = new TextEncoder();

/** What an event takes when it does not say it itself. */
export interface EventDefaults {
  readonly topic?: string | undefined;
  readonly source?: string | undefined;
}

/** Fields beside the known ones are left alone, as the REST interface does. Throws a refusal that names the field. */
export function eventsFromJson(text: string, defaults: EventDefaults = {}): Event[] {
  const document = parse(text);
  const list = isJsonObject(document) && document['event_id'] === undefined ? document['events'] : document;
  if (!Array.isArray(list)) return [eventOf(document, 'event', defaults)];
  return list.map((value, index) => eventOf(value, `events[${index}]`, defaults));
}

export function eventFromJson(text: string, defaults: EventDefaults = {}): Event {
  return eventOf(parse(text), 'event', defaults);
}

/** The text of a JSON object without a change; undefined when it is none. */
export function jsonObjectText(text: string): string | undefined {
  try {
    return isJsonObject(JSON.parse(text)) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** JSON content goes as bytes: only the Struct of `payload` would round 64-bit integers. */
export function jsonContent(text: string): Pick<Event, 'content' | 'contentType'> {
  return { content: { case: 'data', value: utf8.encode(text) }, contentType: jsonType };
}

/** RFC 3339; without an offset it is UTC. */
export function timestampFromText(text: string, field: string): Timestamp {
  const [, date, time = '00:00:00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)([Zz]|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (date !== undefined && isOnCalendar(date, time.slice(0, '00:00:00'.length))) {
    try {
      return fromJson(TimestampSchema, `${date}T${time}${offset.toUpperCase()}`);
    } catch {
      // An impossible offset or the year 0 is refused below, in our own words.
    }
  }
  throw refused('RULE_BROKEN', field, `must be a time such as 2026-01-31T12:00:00Z, is ${JSON.stringify(text)}`);
}

/** Date would carry 30 February over into March, and 24:00:00 into the next day. */
function isOnCalendar(date: string, clock: string): boolean {
  const moment = new Date(`${date}T${clock}Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(`${date}T${clock}`);
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    if (error instanceof OncelogClientError) throw error;
    throw refused('MALFORMED', 'json', error instanceof Error ? error.message : String(error));
  }
}

function eventOf(value: unknown, path: string, defaults: EventDefaults): Event {
  if (!isJsonObject(value)) throw refused('MALFORMED', path, 'must be a JSON object with topic and event_id');
  const timestamp = textOf(value, 'timestamp', path);
  return create(EventSchema, {
    topic: requiredText(value, 'topic', path, defaults.topic),
    eventId: requiredText(value, 'event_id', path),
    ...(timestamp !== undefined && { timestamp: timestampFromText(timestamp, `${path}.timestamp`) }),
    source: textOf(value, 'source', path) ?? defaults.source ?? '',
    attributes: attributesOf(value['attributes'], `${path}.attributes`),
    ...contentOf(value, path),
  });
}

type Fields = Readonly<Record<string, unknown>>;

function contentOf(value: Fields, path: string): Partial<Pick<Event, 'content' | 'contentType'>> {
  const { payload } = value;
  const data = textOf(value, 'data', path);
  const contentType = textOf(value, 'content_type', path);
  if (payload !== undefined && payload !== null) {
    if (data !== undefined)
      throw refused('RULE_BROKEN', `${path}.data`, 'goes without payload: an event has one content');
    if (contentType !== undefined)
      throw refused('RULE_BROKEN', `${path}.content_type`, 'goes with data; payload is always JSON');
    if (!isJsonObject(payload)) throw refused('RULE_BROKEN', `${path}.payload`, 'must be a JSON object');
    return jsonContent(printExactJson(payload));
  }
  if (data === undefined) return {};
  return {
    content: { case: 'data', value: bytesOfBase64(data, `${path}.data`) },
    ...(contentType !== undefined && { contentType }),
  };
}

/** Of either alphabet, padded or not. The decoder drops spare bits: only what comes back equal was whole. */
function bytesOfBase64(data: string, path: string): Uint8Array<ArrayBuffer> {
  const given = /^([A-Za-z0-9+/_-]*)={0,2}$/.exec(data)?.[1]?.replaceAll('-', '+').replaceAll('_', '/');
  // One character over a group of four holds no byte.
  if (given !== undefined && given.length % 4 !== 1) {
    const bytes = base64Decode(given);
    if (base64Encode(bytes, 'std_raw') === given) return bytes;
  }
  throw refused('RULE_BROKEN', path, 'must be base64');
}

function attributesOf(value: unknown, path: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw refused('RULE_BROKEN', path, 'must be an object of strings');
  const pairs = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw notText(`${path}.${key}`);
    return [key, text];
  });
  return Object.fromEntries(pairs);
}

function requiredText(value: Fields, field: string, path: string, fallback?: string): string {
  const text = textOf(value, field, path) ?? fallback;
  if (text === undefined || text === '') throw refused('RULE_BROKEN', `${path}.${field}`, 'is required');
  return text;
}

function textOf(value: Fields, field: string, path: string): string | undefined {
  const text = value[field];
  if (text === undefined || text === null) return undefined;
  if (typeof text !== 'string') throw notText(`${path}.${field}`);
  return text;
}

function notText(field: string): OncelogClientError {
  return refused('RULE_BROKEN', field, 'must be a string');
}
