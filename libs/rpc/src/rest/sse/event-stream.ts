// What a subscriber is told, as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import { encodeCursor, type ErasedEvent, instantOfMs, isErased, type LogEntry } from '@oncelog/core';
import type { Delivered } from '@oncelog/delivery';
import { errorBody } from '../error-to-rest.ts';
import { eventJson } from '../event-json.ts';
import { formatInstant } from '../rfc3339.ts';

/** How long a browser waits before it comes back; it begins with 3 s otherwise. */
export const retryFrame = 'retry: 1000\n\n';

/** In JSON a line break is white space: inside a text it is escaped. */
const lineBreaks = /[\r\n]+/g;

/** `live` entries are those behind the end of the backlog: all who have come so far are handed the same. */
export function framesOf(delivered: Delivered, logId: string, { live }: { readonly live: boolean }): string {
  const { kind, position } = delivered;
  const id = idLine(logId, position);
  if (kind === 'caughtUp') return `${id}event: caught-up\ndata: ${cursorJson(logId, position)}\n\n`;
  // An id without data moves the place that a browser comes back with, and wakes nobody.
  if (kind === 'progress') return `${id}: heartbeat\n\n`;
  const frameOf = live ? sharedFrame : entryFrame;
  const frames = delivered.entries.map((entry) => frameOf(entry, logId)).join('');
  return delivered.entries.at(-1)?.position === position ? frames : `${frames}${id}\n`;
}

/** Where the subscriber stands when everything up to it has been read. */
export function failureFrame(error: unknown, cursor: string | undefined): string {
  return `event: failure\ndata: ${JSON.stringify({ ...errorBody(error), cursor })}\n\n`;
}

/**
 * Of live entries, put into words once for all subscribers: at 6 µs of CPU each, 100 of them would take more than half
 * a processor for 1,000 events a second. A backlog is read by one alone, for whom keeping them would cost 4 µs more.
 */
const sharedFrames = new WeakMap<LogEntry, string>();

function sharedFrame(entry: LogEntry, logId: string): string {
  const known = sharedFrames.get(entry);
  if (known !== undefined) return known;
  const frame = entryFrame(entry, logId);
  sharedFrames.set(entry, frame);
  return frame;
}

function entryFrame(entry: LogEntry, logId: string): string {
  const id = idLine(logId, entry.position);
  if (isErased(entry)) return `${id}event: erased\ndata: ${erasedJson(entry)}\n\n`;
  return `${id}data: ${eventJson(entry).replace(lineBreaks, ' ')}\n\n`;
}

function erasedJson({ topic, eventId, position, storedTimeMs }: ErasedEvent): string {
  const storedTime = formatInstant(instantOfMs(storedTimeMs));
  return JSON.stringify({ topic, event_id: eventId, position, stored_time: storedTime });
}

/** Nothing is stored before the first position, and there is no cursor to it. */
function idLine(logId: string, position: number): string {
  return position === 0 ? '' : `id: ${encodeCursor(logId, position)}\n`;
}

function cursorJson(logId: string, position: number): string {
  return JSON.stringify({ cursor: position === 0 ? '' : encodeCursor(logId, position) });
}
