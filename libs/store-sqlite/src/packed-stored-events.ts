// Stored events on their way from the thread that reads.
import type { StoredEvent } from '@oncelog/core';
import { eventIdOf } from '@oncelog/store-sql';
import { EventPacker } from './event-packer.ts';
import { attributesAt, bytesAt, contentAt, nameAt, type PackedEvents } from './packed-events.ts';

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
  return Array.from({ length: packed.count }, (_, index): StoredEvent => {
    const attributes = attributesAt(packed, index);
    return {
      topic: nameAt(packed.topics, index),
      eventId: eventIdOf(bytesAt(packed.eventIds, index)),
      timestamp: { seconds: packed.seconds[index]!, nanos: packed.nanos[index]! },
      source: nameAt(packed.sources, index),
      ...(attributes === null ? undefined : { attributes: JSON.parse(attributes) }),
      content: contentAt(packed, index),
      position: packed.positions[index]!,
      storedTimeMs: packed.storedTimesMs[index]!,
    };
  });
}
