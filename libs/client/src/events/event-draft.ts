// Events of a program's own: what it has at hand, into an event of the contract with an id.
import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from '@oncelog/protocol';
import { refused } from '../failures/client-error.ts';
import { jsonContent, jsonObjectText, timestampFromText } from './event-from-json.ts';
import { printWithBigints } from './exact-json.ts';
import { uuidV7 } from './uuid-v7.ts';

interface DraftFields {
  readonly topic: string;
  /** A UUID of version 7 when absent. Name it yourself when the same event may be made twice, by two processes. */
  readonly eventId?: string | undefined;
  readonly source?: string | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** When it happened: a text is RFC 3339. The server's clock at the commit when absent. */
  readonly timestamp?: Date | string | Timestamp | undefined;
}

interface JsonDraft extends DraftFields {
  /** An object, whose bigints become numbers with all their digits; or the text of one, sent as it is. */
  readonly payload?: object | string | undefined;
  readonly data?: undefined;
  readonly contentType?: undefined;
}

interface BytesDraft extends DraftFields {
  readonly data: Uint8Array<ArrayBuffer>;
  /** The media type of the data; application/octet-stream when absent. */
  readonly contentType?: string | undefined;
  readonly payload?: undefined;
}

export type EventDraft = JsonDraft | BytesDraft;

export function newEvent(draft: EventDraft): Event {
  const { topic, eventId = uuidV7(), source = '', attributes = {}, timestamp } = draft;
  return create(EventSchema, {
    topic,
    eventId,
    source,
    attributes: { ...attributes },
    ...(timestamp !== undefined && { timestamp: timestampOf(timestamp) }),
    ...contentOf(draft),
  });
}

function timestampOf(time: Date | string | Timestamp): Timestamp {
  if (typeof time === 'string') return timestampFromText(time, 'event.timestamp');
  if (!(time instanceof Date)) return time;
  if (Number.isNaN(time.getTime())) throw refused('RULE_BROKEN', 'event.timestamp', 'is an invalid date');
  return timestampFromDate(time);
}

function contentOf({ payload, data, contentType }: EventDraft): Partial<Pick<Event, 'content' | 'contentType'>> {
  if (data !== undefined) {
    if (payload !== undefined)
      throw refused('RULE_BROKEN', 'event.data', 'goes without payload: an event has one content');
    return { content: { case: 'data', value: data }, ...(contentType !== undefined && { contentType }) };
  }
  if (contentType !== undefined)
    throw refused('RULE_BROKEN', 'event.content_type', 'goes with data; payload is always JSON');
  return payload === undefined ? {} : jsonContent(objectText(payload));
}

/** A list, a date and null are objects to JavaScript, not to JSON. */
function objectText(payload: object | string): string {
  const text = typeof payload === 'string' ? jsonObjectText(payload) : printWithBigints(payload);
  if (text === undefined || (typeof payload === 'object' && !text.startsWith('{')))
    throw refused('RULE_BROKEN', 'event.payload', 'must be a JSON object');
  return text;
}
