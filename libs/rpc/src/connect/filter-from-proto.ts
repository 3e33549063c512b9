// Which events a reader wants, from the contract's words into the domain's.
import { everyEvent, type EventFilter } from '@oncelog/core';
import { type EventFilter as EventFilterMessage, StartPosition } from '@oncelog/protocol';

export function filterFromProto(filter: EventFilterMessage | undefined): EventFilter {
  if (!filter) return everyEvent;
  const { topics, topicPrefixes, sources, attributes } = filter;
  return { topics, topicPrefixes, sources, attributes };
}

export function startFromProto(start: StartPosition): 'beginning' | 'now' | undefined {
  if (start === StartPosition.BEGINNING) return 'beginning';
  return start === StartPosition.NOW ? 'now' : undefined;
}
