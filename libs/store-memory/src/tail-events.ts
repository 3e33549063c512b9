// One slice of what follows a position, over the log in memory.
import { bodyBytes, isErased, type LogEntry, passesFilter, type TailQuery, type TailSlice } from '@oncelog/core';
import type { MemoryLog } from './memory-log.ts';

export function tailEvents(log: MemoryLog, query: TailQuery): TailSlice {
  const { filter, after, eventsMax, bytesMax, scanMax } = query;
  const head = log.entries.length;
  const candidates = candidatesOf(log, query);
  const entries: LogEntry[] = [];
  let bytes = 0;
  for (const entry of candidates) {
    if (!passesFilter(filter, entry)) continue;
    bytes += isErased(entry) ? 0 : bodyBytes(entry);
    if (entries.length === eventsMax || (entries.length > 0 && bytes > bytesMax)) {
      return { entries, scannedTo: entries.at(-1)!.position, head };
    }
    entries.push(entry);
  }
  const scannedTo = candidates.length === scanMax ? candidates.at(-1)!.position : Math.max(after, head);
  return { entries, scannedTo, head };
}

/** A topic has a list of its own: nothing of the others is looked at. */
function candidatesOf({ entries, topics }: MemoryLog, { filter, after, scanMax }: TailQuery): readonly LogEntry[] {
  const [topic, ...others] = filter.topics;
  if (topic === undefined || others.length > 0 || filter.topicPrefixes.length > 0) {
    return entries.slice(after, after + scanMax);
  }
  const ahead = (topics.get(topic)?.positions ?? []).filter((position) => position > after);
  return ahead.slice(0, scanMax).map((position) => entries[position - 1]!);
}
