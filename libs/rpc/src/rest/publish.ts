// POST /publish: the answer holds the fields that clients of older log aggregators look for, and one outcome an event.
import { type NewEvent, type Outcome, type OutcomeStatus, summarize } from '@oncelog/core';
import type { EventLog } from '../handlers/event-log.ts';
import type { NodeRequest } from '../port/dual-server.ts';
import { answerStatus, countersJson, outcomeJson } from './outcome-json.ts';
import { readEvents } from './read-events.ts';
import type { RestAnswer } from './rest-answer.ts';
import { parseQuery } from './query.ts';

export async function publish({ ingest, limits }: EventLog, request: NodeRequest): Promise<RestAnswer> {
  parseQuery(request.url ?? '', []);
  const { events } = await readEvents(request, limits, ', or application/x-ndjson for lines');
  const outcomes = await ingest.publish(events, { eventsMax: limits.restRequestEventsMax, whenFull: 'refuse' });
  return answer(events, outcomes);
}

function answer(events: readonly NewEvent[], outcomes: readonly Outcome[]): RestAnswer {
  const summary = summarize(outcomes);
  const { status, word } = answerStatus(summary);
  const { total_received, pending_count, ...counters } = countersJson(summary);
  const idsOf = (wanted: OutcomeStatus) =>
    events.filter((_, index) => outcomes[index]!.status === wanted).map(({ eventId }) => eventId);
  const json = JSON.stringify({
    status: word,
    total_received,
    processed: idsOf('stored'),
    ...counters,
    pending: pending_count && idsOf('accepted'),
    pending_count,
    outcomes: outcomes.map((outcome, index) => outcomeJson(events[index]!, outcome)),
  });
  return { status, json };
}
