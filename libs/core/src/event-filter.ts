// Which events a reader wants: what is empty lets everything through, and all that is given must fit.
import type { Attributes, ErasedEvent, LogEntry, StoredEvent } from './event.ts';

export interface EventFilter {
  /** Whole names. With prefixes beside them, one of all these must fit. */
  readonly topics: readonly string[];
  readonly topicPrefixes: readonly string[];
  readonly sources: readonly string[];
  /** Each must be there with this value. */
  readonly attributes: Attributes;
}

export const everyEvent: EventFilter = { topics: [], topicPrefixes: [], sources: [], attributes: {} };

/** An erased event has lost its source and attributes: it comes to everyone whose topics fit. */
export function passesFilter(filter: EventFilter, entry: LogEntry): boolean {
  return (
    fitsTopic(filter, entry.topic) && (isErased(entry) || (fitsSource(filter, entry) && fitsAttributes(filter, entry)))
  );
}

export function isErased(entry: LogEntry): entry is ErasedEvent {
  return 'erased' in entry;
}

export function fitsTopic({ topics, topicPrefixes }: Pick<EventFilter, 'topics' | 'topicPrefixes'>, topic: string) {
  if (topics.length === 0 && topicPrefixes.length === 0) return true;
  return topics.includes(topic) || topicPrefixes.some((prefix) => topic.startsWith(prefix));
}

function fitsSource({ sources }: EventFilter, { source }: StoredEvent): boolean {
  return sources.length === 0 || sources.includes(source);
}

export function fitsAttributes(
  filter: Pick<EventFilter, 'attributes'>,
  { attributes = {} }: Pick<StoredEvent, 'attributes'>,
): boolean {
  for (const key in filter.attributes) {
    if (!Object.hasOwn(attributes, key) || attributes[key] !== filter.attributes[key]) return false;
  }
  return true;
}
