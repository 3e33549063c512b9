// What an event takes, in memory and on the wire: near enough to bound by, and cheaper than encoding it.
import type { Event } from '@oncelog/protocol';

/** Objects, promises and the frames of fields around the bytes themselves. */
const besideBytes = 200;

export function eventBytes({ topic, eventId, source, attributes, content }: Event): number {
  let bytes = besideBytes + topic.length + eventId.length + source.length;
  for (const key in attributes) bytes += key.length + attributes[key]!.length;
  if (content.case === 'data') bytes += content.value.length;
  else if (content.case === 'payload') bytes += JSON.stringify(content.value).length;
  return bytes;
}
