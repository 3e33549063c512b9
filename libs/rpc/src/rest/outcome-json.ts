// Outcomes and their counters in the words of REST, which the clients of older log aggregators look for.
import { instantOfMs, isDropped, type NewEvent, type Outcome, type PublishSummary } from '@oncelog/core';
import { formatInstant } from './rfc3339.ts';

export function outcomeJson({ topic, eventId }: NewEvent, { status, position, storedTimeMs }: Outcome) {
  return {
    topic,
    event_id: eventId,
    outcome: status.toUpperCase(),
    position: status === 'accepted' ? undefined : position,
    first_stored_time: isDropped(status) ? formatInstant(instantOfMs(storedTimeMs)) : undefined,
  };
}

/** `pending_count` only where a broker holds events: what becomes of them is not known yet. */
export function countersJson({ received, stored, duplicates, conflicts, accepted }: PublishSummary) {
  const dropped = duplicates + conflicts;
  return {
    total_received: received,
    processed_count: stored,
    duplicates: dropped,
    duplicate_dropped: dropped,
    conflicts,
    pending_count: accepted > 0 ? accepted : undefined,
  };
}

/** Older publishers take nothing but 202 and "queued" for events that wait in a queue. */
export function answerStatus({ accepted }: PublishSummary) {
  return accepted > 0 ? ({ status: 202, word: 'queued' } as const) : ({ status: 200, word: 'ok' } as const);
}
