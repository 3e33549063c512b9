// GET /events: a bare array, with the way to the next page in a Link header.
import { bodyBytes, encodeCursor, type StoredEvent } from '@oncelog/core';
import type { EventLog } from '../handlers/event-log.ts';
import { type EventPage, type ListFilter, listEvents } from '../handlers/list-events.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { eventJson } from './event-json.ts';
import { choice, instantMs, parseQuery, type Query, wholeNumber } from './query.ts';
import type { RestAnswer } from './rest-answer.ts';

const parameters = ['topic', 'limit', 'after', 'source', 'since', 'until', 'order'];

const orders = { asc: 'ascending', desc: 'descending' } as const;

export async function listEventsOverRest(log: EventLog, { url = '' }: NodeRequest): Promise<RestAnswer> {
  const query = parseQuery(url, parameters);
  const limit = wholeNumber(query, 'limit', {
    fallback: log.limits.pageEventsDefault,
    max: log.limits.restPageEventsMax,
  });
  const { events, last } = await collect(log, filterOf(query), limit);
  const headers: Record<string, string> = {};
  if (last.nextPageToken !== '') headers['link'] = nextLink(query, encodeCursor(log.store.logId, last.scannedTo));
  if (last.topicSize !== undefined) headers['x-total-count'] = String(last.topicSize);
  return { json: `[${events.map(eventJson).join(',\n')}]`, headers };
}

function filterOf(query: Query): ListFilter {
  return {
    topic: query.get('topic') ?? '',
    source: query.get('source') ?? '',
    sinceMs: instantMs(query, 'since'),
    untilMs: instantMs(query, 'until'),
    order: choice(query, 'order', orders, 'ascending'),
    after: query.get('after') ?? '',
  };
}

/** As many slices of the store as the limit takes, within the bytes that one answer may hold in memory. */
async function collect(
  log: EventLog,
  filter: ListFilter,
  limit: number,
): Promise<{ events: StoredEvent[]; last: EventPage }> {
  const events: StoredEvent[] = [];
  let bytesLeft = log.limits.pageBytesMax;
  let pageToken = '';
  for (;;) {
    const eventsMax = Math.min(limit - events.length, log.limits.pageEventsMax);
    const last = await listEvents(log, filter, { pageToken, eventsMax, bytesMax: bytesLeft });
    events.push(...last.events);
    bytesLeft -= last.events.reduce((sum, event) => sum + bodyBytes(event), 0);
    pageToken = last.nextPageToken;
    if (pageToken === '' || events.length >= limit || bytesLeft <= 0) return { events, last };
  }
}

function nextLink(query: Query, cursor: string): string {
  const next = new URLSearchParams([...query].filter(([name]) => name !== 'after'));
  next.set('after', cursor);
  return `</events?${next}>; rel="next"`;
}
