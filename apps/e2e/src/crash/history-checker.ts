// Judges a history: whether every promise was kept that an outside observer can see kept or broken.
import { checkCalls } from './check-calls.ts';
import { checkCounters, countsOf } from './check-counters.ts';
import { checkReadings } from './check-readings.ts';
import type { HistoryEntry } from './history.ts';
import { type HistoryIndex, indexHistory, lastWhole, type Report, type Violation } from './history-index.ts';

export type { Violation } from './history-index.ts';

export interface Verdict {
  /** Empty when all is well. */
  readonly violations: readonly Violation[];
  readonly counts: HistoryCounts;
}

export interface HistoryCounts {
  readonly acknowledgedCalls: number;
  readonly acknowledgedEvents: number;
  /** Of the acknowledged: answered as repeats, as conflicts, and with a verdict that comes later. */
  readonly duplicates: number;
  readonly conflicts: number;
  readonly accepted: number;
  readonly failedCalls: number;
  readonly storedEvents: number;
}

export interface Expectations {
  /** A history with fewer proves nothing. */
  readonly acknowledgedCallsMin: number;
}

export function checkHistory(entries: readonly HistoryEntry[], { acknowledgedCallsMin }: Expectations): Verdict {
  const index = indexHistory(entries);
  const counts = countHistory(index);
  const violations: Violation[] = [];
  const report: Report = (violation) => violations.push(violation);
  if (counts.acknowledgedCalls < acknowledgedCallsMin) {
    report({
      check: 'vacuous',
      detail: `${counts.acknowledgedCalls} of at least ${acknowledgedCallsMin} acknowledgements`,
    });
  }
  if (!lastWhole(index.readings, 'grpc') || !lastWhole(index.readings, 'rest') || index.stats.length === 0) {
    report({
      check: 'vacuous',
      detail: 'the log was not read to its end over gRPC and REST, or its counters were not',
    });
  }
  if (
    index.brokered &&
    index.entries.findLast(({ kind }) => kind === 'settled' || kind === 'ack')?.kind !== 'settled'
  ) {
    report({ check: 'vacuous', detail: 'nobody waited until the broker held nothing any more' });
  }
  checkReadings(index, report);
  checkCalls(index, report);
  checkCounters(index, report);
  return { violations, counts };
}

function countHistory({ calls, final }: HistoryIndex): HistoryCounts {
  const counts = {
    acknowledgedCalls: 0,
    acknowledgedEvents: 0,
    duplicates: 0,
    conflicts: 0,
    accepted: 0,
    failedCalls: 0,
  };
  for (const { end } of calls.values()) {
    if (end?.kind !== 'ack') counts.failedCalls += 1;
    else {
      const { received, duplicates, conflicts, accepted } = countsOf(end);
      counts.acknowledgedCalls += 1;
      counts.acknowledgedEvents += received;
      counts.duplicates += duplicates;
      counts.conflicts += conflicts;
      counts.accepted += accepted;
    }
  }
  return { ...counts, storedEvents: final.size };
}
