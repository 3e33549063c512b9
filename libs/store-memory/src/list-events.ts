// One slice of a listing over the log in memory.
import { bodyBytes, isErased, type ListQuery, type ListSlice, type LogEntry, type StoredEvent } from '@oncelog/core';
import type { MemoryLog } from './memory-log.ts';

export function listEvents(log: MemoryLog, query: ListQuery): ListSlice {
  const { topic, source, eventsMax, bytesMax, scanMax } = query;
  const descending = query.order === 'descending';
  const after = query.after ?? (descending ? Infinity : 0);
  const { sinceMs = -Infinity, untilMs = Infinity } = query;
  const head = log.entries.length;
  const candidates = topic === undefined ? log.entries : entriesOf(log, topic);

  const from = firstIndex(candidates, (it) => it.storedTimeMs >= sinceMs && (descending || it.position > after));
  const to = firstIndex(candidates, (it) => it.storedTimeMs >= untilMs || (descending && it.position >= after));
  const count = Math.max(0, to - from);
  const scanned = Math.min(count, scanMax);
  const ahead = descending ? candidates.slice(to - scanned, to).reverse() : candidates.slice(from, from + scanned);

  const events: StoredEvent[] = [];
  let bytes = 0;
  let last: LogEntry | undefined = ahead.at(-1);
  for (const event of ahead) {
    if (isErased(event)) continue;
    if (source !== undefined && event.source !== source) continue;
    bytes += bodyBytes(event);
    if (events.length === eventsMax || (events.length > 0 && bytes > bytesMax)) {
      last = events.at(-1);
      break;
    }
    events.push(event);
  }

  const end = last === (count === 0 ? undefined : candidates[descending ? from : to - 1]);
  const scannedTo = end || last === undefined ? (descending ? 0 : Math.max(head, after)) : last.position;
  const slice = { events, scannedTo, end, head };
  return topic === undefined ? slice : { ...slice, topicSize: candidates.length };
}

function entriesOf({ entries, topics }: MemoryLog, topic: string): LogEntry[] {
  return (topics.get(topic)?.positions ?? []).map((position) => entries[position - 1]!);
}

/** By bisecting: `holds` is false up to some event and true from there on. */
function firstIndex(entries: readonly LogEntry[], holds: (entry: LogEntry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(entries[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
