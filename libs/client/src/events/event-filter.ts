// Which events a reader wants.
import { create } from '@bufbuild/protobuf';
import { type EventFilter, EventFilterSchema } from '@oncelog/protocol';

/** What is absent lets everything through; all that is given must fit. */
export interface FilterOptions {
  /** Whole names. With prefixes beside them, one of all these must fit. */
  readonly topics?: readonly string[] | undefined;
  readonly topicPrefixes?: readonly string[] | undefined;
  readonly sources?: readonly string[] | undefined;
  /** Each must be there with this value. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

export function eventFilterOf({ topics, topicPrefixes, sources, attributes }: FilterOptions): EventFilter {
  return create(EventFilterSchema, {
    topics: [...(topics ?? [])],
    topicPrefixes: [...(topicPrefixes ?? [])],
    sources: [...(sources ?? [])],
    attributes: { ...attributes },
  });
}
