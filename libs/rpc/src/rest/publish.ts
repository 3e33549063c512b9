// POST /publish: the answer holds the fields that clients of older log aggregators look for, and one outcome an event.
import { instantOfMs, type NewEvent, OncelogError, type Outcome, summarize } from '@oncelog/core';
import type { EventLog } from '../handlers/event-log.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { parsePublishBody } from './publish-body.ts';
import { readBody } from './read-body.ts';
import type { RestAnswer } from './rest-answer.ts';
import { parseQuery } from './query.ts';
import { formatInstant } from './rfc3339.ts';

const jsonType = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

export async function publish({ ingest, limits }: EventLog, request: NodeRequest): Promise<RestAnswer> {
  parseQuery(request.url ?? '', []);
  assertJson(request.headers['content-type']);
  const body = await readBody(request, limits);
  const idempotencyKey = request.headers['idempotency-key']?.toString();
  const events = parsePublishBody(body, { limits, idempotencyKey });
  const outcomes = await ingest.publish(events, { eventsMax: limits.restRequestEventsMax, whenFull: 'refuse' });
  return { json: answer(events, outcomes) };
}

function assertJson(contentType: string | undefined): void {
  if (contentType === undefined || jsonType.test(contentType)) return;
  const description = `"${contentType}" is not served here; send -H 'content-type: application/json'`;
  throw new OncelogError('WRONG_MEDIA_TYPE', `content-type: ${description}`, {
    violations: [{ field: 'content-type', description }],
  });
}

function answer(events: readonly NewEvent[], outcomes: readonly Outcome[]): string {
  const { received, stored, duplicates, conflicts } = summarize(outcomes);
  const dropped = duplicates + conflicts;
  return JSON.stringify({
    status: 'ok',
    total_received: received,
    processed: events.filter((_, index) => outcomes[index]!.status === 'stored').map(({ eventId }) => eventId),
    processed_count: stored,
    duplicates: dropped,
    duplicate_dropped: dropped,
    conflicts,
    outcomes: outcomes.map(({ status, position, storedTimeMs }, index) => ({
      topic: events[index]!.topic,
      event_id: events[index]!.eventId,
      outcome: status.toUpperCase(),
      position,
      first_stored_time: status === 'stored' ? undefined : formatInstant(instantOfMs(storedTimeMs)),
    })),
  });
}
