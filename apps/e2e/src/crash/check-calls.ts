// What calls were answered: outcomes that agree with the log and with each other, in order, in time.
import { keyOf, type SeenCounters, type SeenOutcome, type SeenSummary } from './history.ts';
import type { CallSeen, HistoryIndex, Report } from './history-index.ts';

/** A deadline is noticed by timers of a busy process. */
const lateByMaxMs = 1000;

export function checkCalls(index: HistoryIndex, report: Report): void {
  const storedBy = new Map<string, string>();
  for (const call of index.calls.values()) {
    checkEnd(call, report);
    checkOutcomes(call, index, storedBy, report);
    // A broker promises that events are stored, and no order among them.
    if (!index.brokered) checkRequestOrder(call, index, report);
  }
  if (!index.brokered) checkRealTimeOrder(index, report);
}

export function sumOf({ stored, duplicates, conflicts, accepted = 0 }: SeenCounters & Partial<SeenSummary>): number {
  return stored + duplicates + conflicts + accepted;
}

function checkEnd({ id, invocations, events, end }: CallSeen, report: Report): void {
  const [first] = invocations;
  if (!first) return report({ check: 'phantom', call: id, detail: 'was answered, but nobody had made the call' });
  if (!end) return;
  const lateByMs = end.atMs - first.atMs - first.deadlineMs;
  if (lateByMs > lateByMaxMs)
    report({ check: 'deadline', call: id, detail: `ended ${lateByMs} ms after its deadline` });
  if (end.kind !== 'ack') return;
  const { outcomes, summary } = end;
  const counted = outcomes?.length ?? summary?.received;
  const adds = summary === undefined || summary.received === sumOf(summary);
  if (counted !== events.length || !adds) {
    report({ check: 'answer', call: id, detail: `${events.length} events were answered as ${JSON.stringify(end)}` });
  }
}

function checkOutcomes(call: CallSeen, index: HistoryIndex, storedBy: Map<string, string>, report: Report): void {
  forEachOutcome(call, (event, { status, position }) => {
    const key = keyOf(event);
    const before = storedBy.get(key);
    if (status === 'stored' && before !== undefined) {
      report({ check: 'stored twice', key, call: call.id, detail: `${before} had been told so already` });
    }
    if (status === 'stored') storedBy.set(key, call.id);
    if (status === 'accepted') return;
    const final = index.final.get(key);
    if (!final) return;
    if (final.position !== position) {
      report({ check: 'moved', key, call: call.id, detail: `was answered ${position}, is at ${final.position}` });
    }
    if ((final.hash === event.hash) === (status === 'conflict')) {
      report({ check: 'content', key, call: call.id, detail: `was answered ${status}` });
    }
  });
}

/** Events that this call alone can have stored must stand in the order in which it sent them. */
function checkRequestOrder(call: CallSeen, { keys, final }: HistoryIndex, report: Report): void {
  const storedHere = new Set<string>();
  forEachOutcome(call, (event, { status }) => {
    if (status === 'stored') storedHere.add(keyOf(event));
  });
  let [highest, before] = [0, ''];
  for (const key of new Set(call.events.map(keyOf))) {
    const position = final.get(key)?.position;
    if (position === undefined || !(storedHere.has(key) || keys.get(key)!.invokedMs.length === 1)) continue;
    if (position < highest) {
      report({
        check: 'request order',
        key,
        call: call.id,
        detail: `is at ${position}, behind ${before} at ${highest}`,
      });
    }
    [highest, before] = [Math.max(highest, position), key];
  }
}

/** What was first sent, or answered STORED, after another event was acknowledged has a higher position than that. */
function checkRealTimeOrder({ entries, calls, keys, final }: HistoryIndex, report: Report): void {
  let acknowledgedUpTo = 0;
  for (const entry of entries) {
    if (entry.kind === 'ack') {
      for (const event of calls.get(entry.call)!.events) {
        acknowledgedUpTo = Math.max(acknowledgedUpTo, final.get(keyOf(event))?.position ?? 0);
      }
    }
    if (entry.kind !== 'inv') continue;
    const { events, end } = calls.get(entry.call)!;
    const outcomes = end?.kind === 'ack' && events.length === entry.events.length ? end.outcomes : undefined;
    entry.events.forEach((event, offset) => {
      const key = keyOf(event);
      const first = keys.get(key)!.invokedMs[0] === entry.atMs;
      const position = final.get(key)?.position;
      if (position === undefined || !(first || outcomes?.[offset]?.status === 'stored')) return;
      if (position > acknowledgedUpTo) return;
      const detail = `was sent after ${acknowledgedUpTo} had been acknowledged, and is at ${position}`;
      report({ check: 'real-time order', key, call: entry.call, detail });
    });
  }
}

function forEachOutcome(
  { events, end }: CallSeen,
  visit: (event: CallSeen['events'][number], outcome: SeenOutcome) => void,
): void {
  if (end?.kind !== 'ack' || end.outcomes?.length !== events.length) return;
  end.outcomes.forEach((outcome, offset) => visit(events[offset]!, outcome));
}
