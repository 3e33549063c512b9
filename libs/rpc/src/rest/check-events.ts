// POST /check: the bodies of POST /publish, and for each event what would become of it.
import { type CheckedEvent, instantOfMs, type NewEvent } from '@oncelog/core';
import { checkEvents } from '../handlers/check-events.ts';
import type { EventLog } from '../handlers/event-log.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { flagIn } from './publish-body.ts';
import { parseQuery } from './query.ts';
import { readEvents } from './read-events.ts';
import type { RestAnswer } from './rest-answer.ts';
import { formatInstant } from './rfc3339.ts';

export async function checkEventsOverRest(log: EventLog, request: NodeRequest): Promise<RestAnswer> {
  parseQuery(request.url ?? '', []);
  const { events, beside } = await readEvents(request, log.limits);
  const keysOnly = flagIn(beside, 'keys_only');
  const checked = await checkEvents(log, events, { eventsMax: log.limits.restRequestEventsMax, keysOnly });
  return { json: JSON.stringify({ checked: checked.map((each, index) => checkedJson(events[index]!, each)) }) };
}

function checkedJson({ topic, eventId }: NewEvent, { status, position, storedTimeMs }: CheckedEvent) {
  const key = { topic, event_id: eventId, status: status.toUpperCase() };
  return status === 'new' ? key : { ...key, position, first_stored_time: formatInstant(instantOfMs(storedTimeMs)) };
}
