// Proof at the end: every event of the run is stored exactly once, and the counters moved by what was sent.
import {
  ContentView,
  type Counters,
  type GetStatsResponse,
  type OncelogClient,
  Order,
  type StoredEvent,
} from '@oncelog/client';
import { printable } from '@oncelog/client/printable-text';
import type { EventPlan } from './event-plan.ts';

const pageSize = 1000;

/** A problem is told with this many ids at most. */
const examplesMax = 3;

/** Where the log stood before the run. */
export interface Baseline {
  readonly counters: CounterValues;
  /** Of the run's own source; undefined when it may exist but is not among those that are listed. */
  readonly sourceCounters: CounterValues | undefined;
  /** The last event before the run; undefined when the run must be looked for from the beginning. */
  readonly after: string | undefined;
}

export interface CounterValues {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

export interface Verification {
  /** Empty when every event is stored exactly once and the counters agree. */
  readonly problems: readonly string[];
  /** Counted, but not sent from here: by somebody else, or delivered again by a broker. */
  readonly others: number;
  /** What the counters moved by. */
  readonly moved: CounterValues;
  /** Whose counters: those of the run's own source, or those of the whole log. */
  readonly countersOf: 'source' | 'log';
}

export async function readBaseline(client: OncelogClient, source: string, signal: AbortSignal): Promise<Baseline> {
  // In this order: what another publisher of the run stores in between must not end up before the cursor.
  const newest = await client.listEvents({ order: Order.DESCENDING, pageSize: 1 }, { signal }).next();
  const stats = await client.getStats({ signal });
  const sourceCounters = countersOfSource(stats, source);
  const fresh = sourceCounters === undefined || sourceCounters.received === 0;
  return { counters: valuesOf(stats.counters), sourceCounters, after: fresh ? newest.value?.cursor : undefined };
}

export async function verify(
  client: OncelogClient,
  plan: EventPlan,
  resent: number,
  baseline: Baseline,
  signal: AbortSignal,
): Promise<Verification> {
  const stats = await client.getStats({ signal });
  const { moved, bySource } = movedBy(stats, plan.source, baseline);
  const storedBefore = baseline.sourceCounters?.stored ?? 0;
  const others = Math.max(0, moved.received - plan.count - resent);
  const listing = await listingOf(client, plan, signal, baseline.after);
  const otherPlan = otherPlanProblem(plan, storedBefore, others, listing.unexpected.count);
  const problems =
    otherPlan === undefined
      ? [
          ...counterProblems(plan, moved, storedBefore),
          // A broker delivers at least once: what it delivers again is counted again.
          ...excessProblems(bySource && !stats.broker ? others : 0),
          ...deadEntryProblems(stats, moved.received < plan.count || listing.found < plan.distinct),
          ...listingProblems(plan, listing),
        ]
      : [otherPlan, ...listingProblems(plan, listing)];
  return { problems, others, moved, countersOf: bySource ? 'source' : 'log' };
}

/** What the counters of the run's own source moved by; those of the whole log where it is not listed. */
export function movedBy(stats: GetStatsResponse, source: string, { counters, sourceCounters }: Baseline) {
  const now = countersOfSource(stats, source);
  return now !== undefined && sourceCounters !== undefined
    ? { moved: difference(now, sourceCounters), bySource: true }
    : { moved: difference(valuesOf(stats.counters), counters), bySource: false };
}

/** Ids say nothing of count and seed: under another plan the same id is another event, and no arithmetic holds. */
function otherPlanProblem(
  { distinct }: EventPlan,
  storedBefore: number,
  others: number,
  unexpected: number,
): string | undefined {
  const advice = 'take another --run, or the same --count, --seed, --duplicates, --topics and --payload-bytes';
  if (storedBefore > distinct) {
    const before = `${storedBefore} events of it were stored before, this plan has ${distinct}`;
    return `this run was used with another count or seed: ${before}; ${advice}`;
  }
  if (unexpected === 0) return undefined;
  if (others > 0) return `another publisher is using this run with another count or seed; ${advice}`;
  return storedBefore > 0 ? `this run was used with another count or seed; ${advice}` : undefined;
}

/**
 * received is at least what the plan holds; more is what was sent again, and what others sent of the same run. New is
 * what the plan holds, once, whoever stored it.
 */
export function counterProblems(plan: EventPlan, moved: CounterValues, storedBefore: number): string[] {
  const { received, stored, duplicates, conflicts } = moved;
  const problems: string[] = [];
  if (received !== stored + duplicates + conflicts) {
    problems.push(`received ${received} is not stored ${stored} + duplicates ${duplicates} + conflicts ${conflicts}`);
  }
  if (received < plan.count) problems.push(`${plan.count} events were sent, but only ${received} counted as received`);
  const expected = plan.distinct - storedBefore;
  if (stored !== expected) problems.push(`${expected} events were new, but ${stored} counted as stored`);
  if (conflicts > 0) problems.push(`${conflicts} events met other content under their id`);
  return problems;
}

/** Under the source of this run nobody else sends, so that each event that was counted was sent from here. */
function excessProblems(others: number): string[] {
  if (others === 0) return [];
  return [`${others} events more were counted than sent from here: another publisher uses this run, or it miscounts`];
}

function deadEntryProblems({ broker }: GetStatsResponse, missing: boolean): string[] {
  if (!missing || !broker || broker.deadEntries === 0n) return [];
  return [`${broker.deadEntries} entries of the broker are dead; see what is in them, and why: oncelog broker dead`];
}

interface Listing {
  readonly found: number;
  readonly repeated: Tally;
  readonly unexpected: Tally;
}

async function listingOf(client: OncelogClient, plan: EventPlan, signal: AbortSignal, after = ''): Promise<Listing> {
  const seen = new Uint8Array(Math.ceil(plan.distinct / 8));
  const repeated = new Tally();
  const unexpected = new Tally();
  let found = 0;
  const query = { source: plan.source, after, pageSize, contentView: ContentView.DATA };
  for await (const { event } of client.listEvents(query, { signal })) {
    const id = event?.eventId ?? '';
    const number = plan.numberOf(id);
    if (number === undefined || !isAsPlanned(event, plan.event(number))) {
      unexpected.add(id);
      continue;
    }
    const [byte, bit] = [number >> 3, 1 << (number & 7)];
    if (seen[byte]! & bit) repeated.add(id);
    else found += 1;
    seen[byte]! |= bit;
  }
  return { found, repeated, unexpected };
}

function listingProblems(plan: EventPlan, { found, repeated, unexpected }: Listing): string[] {
  const problems: string[] = [];
  if (found < plan.distinct) problems.push(`${plan.distinct - found} of ${plan.distinct} events are missing`);
  if (repeated.count > 0) problems.push(`${repeated.count} events are stored more than once: ${repeated}`);
  if (unexpected.count > 0) problems.push(`${unexpected.count} stored events are not as they were sent: ${unexpected}`);
  return problems;
}

function isAsPlanned(event: StoredEvent['event'], planned: StoredEvent['event']): boolean {
  if (event?.topic !== planned?.topic) return false;
  if (event?.content.case !== 'data' || planned?.content.case !== 'data') return false;
  return Buffer.compare(event.content.value, planned.content.value) === 0;
}

/** How many, and the first few by name. */
class Tally {
  count = 0;
  readonly #examples: string[] = [];

  add(id: string): void {
    this.count += 1;
    if (this.#examples.length < examplesMax) this.#examples.push(printable(id));
  }

  toString(): string {
    return `${this.#examples.join(', ')}${this.count > examplesMax ? ', …' : ''}`;
  }
}

/** Zeros for a source that is surely new; undefined when the list of sources ends before it. */
function countersOfSource({ sources, sourceCount }: GetStatsResponse, source: string): CounterValues | undefined {
  const own = sources.find(({ name }) => name === source);
  if (own) return valuesOf(own.counters);
  return Number(sourceCount) <= sources.length ? valuesOf(undefined) : undefined;
}

function valuesOf(counters: Counters | undefined): CounterValues {
  return {
    received: Number(counters?.received ?? 0),
    stored: Number(counters?.stored ?? 0),
    duplicates: Number(counters?.duplicates ?? 0),
    conflicts: Number(counters?.conflicts ?? 0),
  };
}

function difference(now: CounterValues, before: CounterValues): CounterValues {
  return {
    received: now.received - before.received,
    stored: now.stored - before.stored,
    duplicates: now.duplicates - before.duplicates,
    conflicts: now.conflicts - before.conflicts,
  };
}
