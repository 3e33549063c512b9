// Outcomes and their counters in the words of REST, which the clients of older log aggregators look for.
import { instantOfMs, type NewEvent, type Outcome, type PublishSummary } from '@oncelog/core';
import { formatInstant } from './rfc3339.ts';

export function outcomeJson({ topic, eventId }: NewEvent, { status, position, storedTimeMs }: Outcome) {
  return {
    topic,
    event_id: eventId,
    outcome: status.toUpperCase(),
    position,
    first_stored_time: status === 'stored' ? undefined : formatInstant(instantOfMs(storedTimeMs)),
  };
}

export function countersJson({ received, stored, duplicates, conflicts }: PublishSummary) {
  const dropped = duplicates + conflicts;
  return {
    total_received: received,
    processed_count: stored,
    duplicates: dropped,
    duplicate_dropped: dropped,
    conflicts,
  };
}
