// What a broker holds, for people and for programs.
import { type BrokerStats, type DeadEntry, eventToJson } from '@oncelog/client';
import type { OutputStream } from './cli-context.ts';
import { withFields } from './group-text.ts';
import { printable } from './printable-lines.ts';
import { type Column, printTable } from './table.ts';

const deadEntryColumns: readonly Column[] = [
  { title: 'ID' },
  { title: 'DEAD SINCE' },
  { title: 'ATTEMPTS', alignRight: true },
  { title: 'EVENTS', alignRight: true },
  { title: 'FIRST EVENT', flexible: true },
  { title: 'REASON', wraps: true },
];

export function brokerText({ kind, waitingEvents, deliveredEvents, deadEntries }: BrokerStats): string {
  const waiting = `${grouped(waitingEvents)} events wait, ${grouped(deliveredEvents)} of them with a worker`;
  const dead = deadEntries === 0n ? 'none are dead' : `${grouped(deadEntries)} entries are dead: oncelog broker dead`;
  return `broker ${kind}: ${waiting}; ${dead}`;
}

export function brokerJson({ kind, waitingEvents, deliveredEvents, deadEntries }: BrokerStats) {
  return {
    kind,
    waiting_events: Number(waitingEvents),
    delivered_events: Number(deliveredEvents),
    dead_entries: Number(deadEntries),
  };
}

export function deadEntriesTable(
  entries: readonly DeadEntry[],
  stream: OutputStream,
  env: Readonly<Partial<Record<string, string>>>,
  withTitles: boolean,
): string {
  const rows = entries.map(({ id, deadTime, attempts, events, raw, reason }) => [
    id,
    deadTime.toISOString(),
    String(attempts),
    raw ? '-' : String(events.length),
    raw ? `${raw.length} bytes` : `${events[0]?.topic}/${events[0]?.eventId}`,
    reason,
  ]);
  return printTable(stream, deadEntryColumns, rows, env, withTitles);
}

/** Its events as everywhere, to be published again by hand; what cannot be read goes as base64. */
export function deadEntryJson({ id, reason, deadTime, attempts, events, raw }: DeadEntry): string {
  const about = JSON.stringify({ id, reason, dead_time: deadTime.toISOString(), attempts });
  const content = raw
    ? JSON.stringify({ raw: Buffer.from(raw).toString('base64') })
    : `{"events":[${events.map(eventToJson).join(',')}]}`;
  return printable(withFields(about, content));
}

function grouped(count: bigint): string {
  return count.toLocaleString('en-US');
}
