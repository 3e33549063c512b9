// Stored events as rows of a table, and as lines of tab-separated values.
import { type StoredEvent, timestampDate } from '@oncelog/client';
import { printable } from './printable-lines.ts';
import type { Column } from './table.ts';

export const eventColumns: readonly Column[] = [
  { title: 'POSITION', alignRight: true },
  { title: 'STORED' },
  { title: 'TOPIC', flexible: true },
  { title: 'EVENT ID', flexible: true },
  { title: 'CONTENT', flexible: true },
];

/** The times of one listing share their day as a rule: the clock is what tells rows apart. */
export function eventRow(stored: StoredEvent): string[] {
  const [, clock = ''] = storedTime(stored).split('T');
  return [
    String(stored.position),
    clock.slice(0, 8),
    stored.event?.topic ?? '',
    stored.event?.eventId ?? '',
    contentText(stored),
  ];
}

export function eventLine(stored: StoredEvent): string {
  const { position, event } = stored;
  const fields = [
    String(position),
    storedTime(stored),
    event?.topic,
    event?.eventId,
    event?.source,
    contentText(stored),
  ];
  return `${fields.map((field) => printable(field ?? '')).join('\t')}\n`;
}

export function storedTime({ storedTime: time }: StoredEvent): string {
  return time ? timestampDate(time).toISOString() : '';
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Text as it is, anything else by its size. */
export function contentText({ event }: StoredEvent): string {
  const content = event?.content;
  if (content?.case === 'payload') return JSON.stringify(content.value);
  if (content?.case !== 'data') return '{}';
  try {
    return utf8.decode(content.value);
  } catch {
    return `${content.value.length} bytes of ${event?.contentType}`;
  }
}
