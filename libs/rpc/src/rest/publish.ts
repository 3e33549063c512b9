// POST /publish: the answer holds the fields that clients of older log aggregators look for, and one outcome an event.
import { isUtf8 } from 'node:buffer';
import { type NewEvent, OncelogError, type Outcome, summarize, violated } from '@oncelog/core';
import type { EventLog } from '../handlers/event-log.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { countersJson, outcomeJson } from './outcome-json.ts';
import { parsePublishBody } from './publish-body.ts';
import { readBody } from './read-body.ts';
import type { RestAnswer } from './rest-answer.ts';
import { parseQuery } from './query.ts';

const keyHeader = 'idempotency-key';

/** Text in any other charset than UTF-8 is no JSON that can be exchanged. */
const jsonType = /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?;?$/i;

export async function publish({ ingest, limits }: EventLog, request: NodeRequest): Promise<RestAnswer> {
  parseQuery(request.url ?? '', []);
  assertJson(request.headers['content-type']);
  const body = await readBody(request, limits);
  const events = parsePublishBody(body, { limits, idempotencyKey: idempotencyKeyOf(request) });
  const outcomes = await ingest.publish(events, { eventsMax: limits.restRequestEventsMax, whenFull: 'refuse' });
  return { json: answer(events, outcomes) };
}

/** An absent type is refused too: it is what a page of another origin can send without asking first. */
function assertJson(contentType: string | undefined): void {
  if (contentType !== undefined && jsonType.test(contentType)) return;
  const found = contentType === undefined ? 'is missing' : `"${contentType}" is not served here`;
  const description = `${found}; send -H 'content-type: application/json', or application/x-ndjson for lines`;
  throw new OncelogError('WRONG_MEDIA_TYPE', `content-type: ${description}`, {
    violations: [{ field: 'content-type', description }],
  });
}

/** Node reads headers as Latin-1 and joins those that are sent twice; an id must be neither garbled nor made up. */
export function idempotencyKeyOf({ rawHeaders }: NodeRequest): string | undefined {
  const values = rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === keyHeader && index % 2 === 1);
  if (values.length === 0) return undefined;
  const bytes = Buffer.from(values[0]!, 'latin1');
  if (values.length === 1 && isUtf8(bytes)) return bytes.toString();
  const description = values.length > 1 ? 'is given more than once' : 'is not UTF-8';
  throw violated('RULE_BROKEN', [{ field: keyHeader, description }]);
}

function answer(events: readonly NewEvent[], outcomes: readonly Outcome[]): string {
  const { total_received, ...counters } = countersJson(summarize(outcomes));
  return JSON.stringify({
    status: 'ok',
    total_received,
    processed: events.filter((_, index) => outcomes[index]!.status === 'stored').map(({ eventId }) => eventId),
    ...counters,
    outcomes: outcomes.map((outcome, index) => outcomeJson(events[index]!, outcome)),
  });
}
