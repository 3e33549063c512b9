// Replicas that take turns at the one row of a log: how full their groups are, and how long an event waits.
import { createRandomSource } from '../load/random-source.ts';
import { LatencyHistogram } from '../measure/latency-histogram.ts';

/** What a commit costs. All of it is under the lock here, which makes the picture darker than it is. */
export interface CommitCost {
  /** However few events it has: flushes, round trips. */
  readonly fixedMs: number;
  readonly eventMs: number;
}

export interface CommitLockOptions extends CommitCost {
  readonly replicas: number;
  /** Over all replicas, single events at random moments. */
  readonly eventsPerSecond: number;
  readonly events: number;
  readonly seed: number;
}

export interface CommitLockFigures {
  readonly eventsPerSecond: number;
  readonly eventsPerGroup: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** As many as a group of the aggregator has. */
const groupEventsMax = 5000;

interface Replica {
  /** In their order. */
  readonly arrivalsMs: number[];
  /** Of the first that is in no group yet. */
  next: number;
  /** When its last group was committed. */
  readyMs: number;
}

/** The groups of a replica follow each other; those of several wait for the lock in the order of their coming. */
export function simulateCommitLock(options: CommitLockOptions): CommitLockFigures {
  const { replicas: count, fixedMs, eventMs } = options;
  const replicas: Replica[] = Array.from({ length: count }, () => ({ arrivalsMs: [], next: 0, readyMs: 0 }));
  const lastMs = spreadArrivals(replicas, options);
  const latencies = new LatencyHistogram();
  let lockFreeMs = 0;
  let groups = 0;
  for (let next = nextOf(replicas); next !== undefined; next = nextOf(replicas)) {
    const beginMs = startOf(next);
    const group = takeGroup(next, beginMs);
    lockFreeMs = Math.max(lockFreeMs, beginMs) + fixedMs + eventMs * group.length;
    next.readyMs = lockFreeMs;
    for (const atMs of group) latencies.record(lockFreeMs - atMs);
    groups += 1;
  }
  return {
    eventsPerSecond: (options.events * 1000) / Math.max(lockFreeMs, lastMs),
    eventsPerGroup: options.events / groups,
    p50Ms: latencies.quantile(0.5)!,
    p99Ms: latencies.quantile(0.99)!,
  };
}

/** With random times between them, as independent publishers make them; returns when the last one comes. */
function spreadArrivals(replicas: readonly Replica[], { events, eventsPerSecond, seed }: CommitLockOptions): number {
  const random = createRandomSource(seed, 'commit-lock');
  const resolution = 2 ** 32;
  let atMs = 0;
  for (let event = 0; event < events; event += 1) {
    atMs += (-Math.log((random.below(resolution) + 1) / resolution) * 1000) / eventsPerSecond;
    replicas[random.below(replicas.length)]!.arrivalsMs.push(atMs);
  }
  return atMs;
}

/** Who comes to the lock next; undefined when nothing waits anywhere. */
function nextOf(replicas: readonly Replica[]): Replica | undefined {
  let next: Replica | undefined;
  for (const replica of replicas) {
    const waits = replica.next < replica.arrivalsMs.length;
    if (waits && (next === undefined || startOf(replica) < startOf(next))) next = replica;
  }
  return next;
}

function startOf({ arrivalsMs, next, readyMs }: Replica): number {
  return Math.max(readyMs, arrivalsMs[next]!);
}

/** What has come by then; what comes later is in the next one. */
function takeGroup(replica: Replica, beginMs: number): number[] {
  const { arrivalsMs, next } = replica;
  let end = next;
  while (end < arrivalsMs.length && end - next < groupEventsMax && arrivalsMs[end]! <= beginMs) end += 1;
  replica.next = end;
  return arrivalsMs.slice(next, end);
}
