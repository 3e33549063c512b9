// Stored events on their way from the thread that reads.
import type { StoredEvent } from '@oncelog/core';
import {
  attributesAt,
  contentAt,
  eventIdAt,
  eventIdOf,
  EventPacker,
  type PackedEvents,
  sourceAt,
  topicAt,
} from '@oncelog/store-sql';

export interface PackedStoredEvents extends PackedEvents {
  readonly positions: Float64Array;
  readonly storedTimesMs: Float64Array;
}

export function packStoredEvents(events: readonly StoredEvent[]): PackedStoredEvents {
  const packer = new EventPacker();
  for (const event of events) packer.add(event);
  return {
    ...packer.finish(),
    positions: Float64Array.from(events, ({ position }) => position),
    storedTimesMs: Float64Array.from(events, ({ storedTimeMs }) => storedTimeMs),
  };
}

export function unpackStoredEvents(packed: PackedStoredEvents): StoredEvent[] {
  const { seconds, nanos } = packed.columns;
  return Array.from({ length: packed.count }, (_, index): StoredEvent => {
    const attributes = attributesAt(packed, index);
    return {
      topic: topicAt(packed, index),
      eventId: eventIdOf(eventIdAt(packed, index)),
      timestamp: { seconds: seconds[index]!, nanos: nanos[index]! },
      source: sourceAt(packed, index),
      ...(attributes === null ? undefined : { attributes: JSON.parse(attributes) }),
      content: contentAt(packed, index),
      position: packed.positions[index]!,
      storedTimeMs: packed.storedTimesMs[index]!,
    };
  });
}
