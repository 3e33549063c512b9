// Proof at the end: every event of the run is stored exactly once, and the counters moved by what was sent.
import {
  ContentView,
  type Counters,
  type GetStatsResponse,
  type OncelogClient,
  Order,
  type StoredEvent,
} from '@oncelog/client';
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
  /** What the counters moved by. */
  readonly moved: CounterValues;
  /** Whose counters: those of the run's own source, or those of the whole log. */
  readonly countersOf: 'source' | 'log';
}

export async function readBaseline(client: OncelogClient, source: string): Promise<Baseline> {
  const stats = await client.getStats();
  const sourceCounters = countersOfSource(stats, source);
  const fresh = sourceCounters === undefined || sourceCounters.received === 0;
  const newest = fresh ? await client.listEvents({ order: Order.DESCENDING, pageSize: 1 }).next() : undefined;
  return { counters: valuesOf(stats.counters), sourceCounters, after: newest?.value?.cursor };
}

export async function verify(
  client: OncelogClient,
  plan: EventPlan,
  resent: number,
  baseline: Baseline,
): Promise<Verification> {
  const stats = await client.getStats();
  const now = countersOfSource(stats, plan.source);
  const bySource = now !== undefined && baseline.sourceCounters !== undefined;
  const moved = bySource
    ? difference(now, baseline.sourceCounters)
    : difference(valuesOf(stats.counters), baseline.counters);
  const storedBefore = baseline.sourceCounters?.stored ?? 0;
  const problems = [
    ...counterProblems(plan, moved, resent, storedBefore),
    ...(await listingProblems(client, plan, baseline.after)),
  ];
  return { problems, moved, countersOf: bySource ? 'source' : 'log' };
}

/** received may exceed what the plan holds only by what had to be sent again; new is what the plan holds, once. */
export function counterProblems(plan: EventPlan, moved: CounterValues, resent: number, storedBefore: number): string[] {
  const { received, stored, duplicates, conflicts } = moved;
  const problems: string[] = [];
  if (received !== stored + duplicates + conflicts) {
    problems.push(`received ${received} is not stored ${stored} + duplicates ${duplicates} + conflicts ${conflicts}`);
  }
  if (received < plan.count) problems.push(`${plan.count} events were sent, but only ${received} counted as received`);
  if (received > plan.count + resent) {
    problems.push(`${received} events were counted as received, but at most ${plan.count + resent} were sent`);
  }
  const expected = plan.distinct - storedBefore;
  if (stored !== expected) problems.push(`${expected} events were new, but ${stored} counted as stored`);
  if (conflicts > 0) problems.push(`${conflicts} events met other content under their id`);
  return problems;
}

async function listingProblems(client: OncelogClient, plan: EventPlan, after = ''): Promise<string[]> {
  const seen = new Uint8Array(Math.ceil(plan.distinct / 8));
  const repeated = new Tally();
  const unexpected = new Tally();
  let found = 0;
  const query = { source: plan.source, after, pageSize, contentView: ContentView.DATA };
  for await (const { event } of client.listEvents(query)) {
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
    if (this.#examples.length < examplesMax) this.#examples.push(id);
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
