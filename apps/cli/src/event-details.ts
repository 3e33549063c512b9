// One stored event, field by field.
import { type StoredEvent, timestampDate } from '@oncelog/client';
import { contentText, storedTime } from './event-rows.ts';
import { printable, printableLines } from './printable-lines.ts';
import { ago } from './relative-time.ts';

export function eventDetails(stored: StoredEvent): string {
  const { event, position } = stored;
  const attributes = Object.entries(event?.attributes ?? {}).map(([key, value]) => `${key}=${value}`);
  const fields: [string, string][] = [
    ['topic', event?.topic ?? ''],
    ['event id', event?.eventId ?? ''],
    ['position', String(position)],
    ['stored', `${storedTime(stored)} (${ago(stored.storedTime)})`],
    ['timestamp', event?.timestamp ? timestampDate(event.timestamp).toISOString() : ''],
    ['source', event?.source ?? ''],
    ['attributes', attributes.join(', ')],
    ['type', event?.contentType ?? ''],
  ];
  const lines = fields
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(12)}${printable(value)}`);
  return `${lines.join('\n')}\n\n${printableLines(contentText(stored))}\n`;
}
