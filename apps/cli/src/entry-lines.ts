// Entries of the log, one a line, as they come: cut to a terminal's width, tab-separated elsewhere, or as JSON.
import { type LogEntry, logEntryToJson } from '@oncelog/client';
import type { OutputStream } from './cli-context.ts';
import { contentText, eventLine } from './event-rows.ts';
import { printable } from './printable-lines.ts';

const defaultColumns = 80;
const gap = '  ';
const erasedText = '(erased)';

/** Of the width of the terminal. Columns grow with what comes, up to this much, and never shrink again. */
const topicShare = 0.2;
const idShare = 0.25;

export type LineOfEntry = (entry: LogEntry) => string;

export function entryLines(stream: OutputStream, json: boolean): LineOfEntry {
  if (json) return (entry) => printable(logEntryToJson(entry));
  return stream.isTTY ? terminalLines(stream) : tabbedLine;
}

function tabbedLine(entry: LogEntry): string {
  if (entry.kind === 'event') return eventLine(entry.stored).trimEnd();
  const { position, storedTime, topic, eventId } = entry;
  return [String(position), storedTime.toISOString(), topic, eventId, '', erasedText].map(printable).join('\t');
}

function terminalLines(stream: OutputStream): LineOfEntry {
  const widths = { position: 0, topic: 0, id: 0 };
  return (entry) => {
    const total = stream.columns ?? defaultColumns;
    const cells = [entry.storedTime.toISOString().slice(11, 19)];
    const column = (name: keyof typeof widths, text: string, share: number) => {
      const fitting = cut(printable(text), Math.floor(total * share));
      widths[name] = Math.max(widths[name], fitting.length);
      cells.push(fitting.padEnd(widths[name]));
    };
    column('position', String(entry.position), 1);
    column('topic', entry.topic, topicShare);
    column('id', entry.eventId, idShare);
    cells.push(printable(entry.kind === 'event' ? contentText(entry.stored) : erasedText));
    // A full last column would wrap on some terminals.
    return cut(cells.join(gap).trimEnd(), total - 1);
  };
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, Math.max(0, max - 1))}…`;
}
