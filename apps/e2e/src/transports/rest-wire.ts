// REST as curl and older HTTP clients speak it, its answers translated into the contract's words.
import { create, fromJson } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { eventFromJson } from '@oncelog/client';
import {
  CheckedEventSchema,
  CheckStatus,
  CountersSchema,
  OutcomeSchema,
  OutcomeStatus,
  type StoredEvent,
  StoredEventSchema,
} from '@oncelog/protocol';
import type { EventInit, EventLogWire, Heard, ListQuery, Page, SubscribeQuery } from './event-log-wire.ts';
import { readServerSentEvents, type ServerSentEvent } from './server-sent-events.ts';
import { restFailure } from './wire-failure.ts';

const callTimeoutMs = 15_000;

interface RestOutcome {
  readonly topic: string;
  readonly event_id: string;
  readonly outcome: 'STORED' | 'DUPLICATE' | 'CONFLICT';
  readonly position: number;
  readonly first_stored_time?: string;
}

interface RestChecked {
  readonly status: 'NEW' | 'DUPLICATE' | 'CONFLICT';
  readonly position?: number;
  readonly first_stored_time?: string;
}

export function restWire(baseUrl: string): EventLogWire {
  async function call(path: string, init: RequestInit = {}): Promise<{ text: string; headers: Headers }> {
    const response = await fetch(baseUrl + path, { ...init, signal: AbortSignal.timeout(callTimeoutMs) });
    const text = await response.text();
    if (!response.ok) throw restFailure(response.status, text);
    return { text, headers: response.headers };
  }

  async function send(path: string, events: readonly EventInit[], fields = {}): Promise<string> {
    const body = JSON.stringify({ ...fields, events: events.map(restEvent) });
    const { text } = await call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return text;
  }

  return {
    async publish(events) {
      const answer = JSON.parse(await send('/publish', events)) as {
        total_received: number;
        processed_count: number;
        duplicates: number;
        conflicts: number;
        outcomes: RestOutcome[];
      };
      return {
        outcomes: answer.outcomes.map(outcomeOf),
        summary: {
          received: BigInt(answer.total_received),
          stored: BigInt(answer.processed_count),
          duplicates: BigInt(answer.duplicates - answer.conflicts),
          conflicts: BigInt(answer.conflicts),
        },
      };
    },
    async check(events, { keysOnly = false } = {}) {
      const { checked } = JSON.parse(await send('/check', events, { keys_only: keysOnly })) as {
        checked: RestChecked[];
      };
      return checked.map(checkedOf);
    },
    async getEvent(topic, eventId) {
      const { text } = await call(`/events/${encodeURIComponent(topic)}/${encodeURIComponent(eventId)}`);
      return storedEvent(text);
    },
    async list(query) {
      const { text, headers } = await call(`/events?${parametersOf(query)}`);
      return pageOf(query, text, headers);
    },
    async *subscribe(query, signal) {
      const leaving = new AbortController();
      const anySignal = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
      const response = await fetch(`${baseUrl}/subscribe?${subscribeParametersOf(query)}`, { signal: anySignal });
      if (!response.ok) throw restFailure(response.status, await response.text());
      try {
        for await (const event of readServerSentEvents(response.body!)) {
          if (event.data !== undefined || event.id !== '') yield heard(event);
        }
      } finally {
        leaving.abort();
      }
    },
    async stats() {
      const stats = JSON.parse((await call('/stats')).text) as Record<string, number>;
      const { received = 0, unique_processed: stored = 0, conflicts = 0, duplicate_dropped: dropped = 0 } = stats;
      const counters = { received, stored, duplicates: dropped - conflicts, conflicts };
      return {
        counters: create(
          CountersSchema,
          Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, BigInt(count)])),
        ),
        lastPosition: BigInt(stats['last_position'] ?? 0),
        refusedRequests: BigInt(stats['refused_requests'] ?? 0),
        subscribers: BigInt(stats['subscribers'] ?? 0),
        topicCount: BigInt(stats['topic_count'] ?? 0),
      };
    },
    close: () => {},
  };
}

function restEvent({ topic, eventId, timestamp, source, attributes, content, contentType }: EventInit) {
  return {
    topic,
    event_id: eventId,
    timestamp: timestamp && rfc3339(timestamp as Timestamp),
    source,
    attributes,
    ...(content?.case === 'payload' && { payload: content.value }),
    ...(content?.case === 'data' && {
      data: Buffer.from(content.value!).toString('base64'),
      content_type: contentType || undefined,
    }),
  };
}

function rfc3339({ seconds = 0n, nanos = 0 }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}.${String(nanos).padStart(9, '0')}Z`;
}

function outcomeOf({ outcome, position, first_stored_time: first }: RestOutcome) {
  const status = OutcomeStatus[outcome];
  return create(OutcomeSchema, {
    status,
    position: BigInt(position),
    ...(first !== undefined && { firstStoredTime: instant(first) }),
  });
}

function checkedOf({ status, position = 0, first_stored_time: first }: RestChecked) {
  return create(CheckedEventSchema, {
    status: CheckStatus[status],
    position: BigInt(position),
    ...(first !== undefined && { firstStoredTime: instant(first) }),
  });
}

/** The client's own reader keeps every digit of a payload, which JSON.parse would round. */
function storedEvent(text: string): StoredEvent {
  const { position, stored_time: storedTime } = JSON.parse(text) as { position: number; stored_time: string };
  return create(StoredEventSchema, {
    event: eventFromJson(text),
    position: BigInt(position),
    storedTime: instant(storedTime),
  });
}

function instant(text: string): Timestamp {
  return fromJson(TimestampSchema, text);
}

function parametersOf({ topic, source, sinceMs, untilMs, descending, pageSize, after }: ListQuery): URLSearchParams {
  const time = (ms?: number) => (ms === undefined ? undefined : rfc3339(timestampFromMs(ms)));
  const all = {
    topic,
    source,
    since: time(sinceMs),
    until: time(untilMs),
    order: descending && 'desc',
    limit: pageSize,
    after,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined && value !== false && value !== '');
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
}

function subscribeParametersOf(query: SubscribeQuery): URLSearchParams {
  const { topics = [], topicPrefixes = [], sources = [], attributes = {}, after, heartbeatSeconds } = query;
  const parameters = new URLSearchParams();
  for (const topic of topics) parameters.append('topic', topic);
  for (const prefix of topicPrefixes) parameters.append('topic_prefix', prefix);
  for (const source of sources) parameters.append('source', source);
  for (const [key, value] of Object.entries(attributes)) parameters.append(`attribute.${key}`, value);
  if (after !== undefined) parameters.set('after', after);
  if (query.fromNow) parameters.set('from', 'now');
  if (query.endWhenCaughtUp) parameters.set('until', 'end');
  if (heartbeatSeconds !== undefined) parameters.set('heartbeat', String(heartbeatSeconds));
  return parameters;
}

function heard({ name, data, id: cursor }: ServerSentEvent): Heard {
  if (data === undefined) return { kind: 'progress', entries: [], cursor };
  if (name === 'caught-up') return { kind: 'caughtUp', entries: [], cursor };
  if (name === 'failure') throw restFailure(0, data);
  const { topic, event_id: eventId, position } = JSON.parse(data) as Omit<RestOutcome, 'outcome'>;
  const event = name === 'erased' ? undefined : storedEvent(data);
  return { kind: 'batch', entries: [{ topic, eventId, position, event }], cursor };
}

function pageOf(query: ListQuery, text: string, headers: Headers): Page {
  // One event a line, so that each keeps its own text.
  const lines = text === '[]' ? [] : text.slice(1, -1).split(',\n');
  const next = /<\/events\?(.*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  const after = next === undefined ? undefined : new URLSearchParams(next).get('after');
  const total = headers.get('x-total-count');
  return {
    events: lines.map(storedEvent),
    next: after ? { ...query, after } : undefined,
    topicSize: total === null ? undefined : Number(total),
  };
}
