// What the counters said: they add up, never run backwards, and agree with the answers and with the events.
import { sumOf } from './check-calls.ts';
import type { Acknowledgement, HistoryEntry, SeenCounters, SeenSummary } from './history.ts';
import { boundUntilMs, type HistoryIndex, lastWhole, type Report } from './history-index.ts';

const names = ['received', 'stored', 'duplicates', 'conflicts'] as const;

export function checkCounters(index: HistoryIndex, report: Report): void {
  let before: SeenCounters = { received: 0, stored: 0, duplicates: 0, conflicts: 0 };
  for (const reading of index.stats) {
    const { counters, atMs } = reading;
    const complain = (detail: string) =>
      report({ check: 'counters', detail: `${detail}: ${JSON.stringify(counters)}` });
    if (counters.received !== sumOf(counters)) complain('received is not stored + duplicates + conflicts');
    for (const name of names) if (counters[name] < before[name]) complain(`${name} ran back from ${before[name]}`);
    const answered = answeredBefore(index.entries, boundUntilMs(index, reading));
    for (const name of names)
      if (counters[name] < answered[name]) complain(`${name} answered so far: ${answered[name]}`);
    // What a broker hands out again, because its worker died, is received again.
    const sent = index.brokered ? Infinity : sentBefore(index.entries, atMs);
    if (counters.received > sent) complain(`only ${sent} events were sent so far`);
    before = counters;
  }
  checkAgainstEvents(index, report);
}

export function countsOf({ outcomes = [], summary }: Pick<Acknowledgement, 'outcomes' | 'summary'>): SeenSummary {
  if (summary) return summary;
  const count = (wanted: string) => outcomes.filter(({ status }) => status === wanted).length;
  return {
    received: outcomes.length,
    stored: count('stored'),
    duplicates: count('duplicate'),
    conflicts: count('conflict'),
    accepted: count('accepted'),
  };
}

function answeredBefore(entries: readonly HistoryEntry[], timeMs: number): SeenCounters {
  const total = { received: 0, stored: 0, duplicates: 0, conflicts: 0 };
  for (const entry of entries) {
    if (entry.kind !== 'ack' || entry.atMs > timeMs) continue;
    const counts = countsOf(entry);
    for (const name of names) total[name] += counts[name];
  }
  return total;
}

function sentBefore(entries: readonly HistoryEntry[], timeMs: number): number {
  let sent = 0;
  for (const entry of entries) if (entry.kind === 'inv' && entry.atMs <= timeMs) sent += entry.events.length;
  return sent;
}

/** Counters and a reading with nothing between them see the same log; so do the last ones of all. */
function checkAgainstEvents({ entries, stats, readings, brokered }: HistoryIndex, report: Report): void {
  const compare = (stored: number, events: number) => {
    if (stored !== events) report({ check: 'counters', detail: `stored is ${stored}, events there are ${events}` });
  };
  entries.forEach((entry, at) => {
    const next = entries[at + 1];
    // The workers of a broker store on while nobody calls.
    if (entry.kind !== 'stats' || next?.kind !== 'read' || brokered) return;
    compare(entry.counters.stored, next.after + next.events.length);
  });
  const [last, whole] = [stats.at(-1), lastWhole(readings, 'grpc')];
  if (last && whole) compare(last.counters.stored, whole.events.length);
}
