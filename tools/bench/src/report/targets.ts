// What the aggregator shall reach, each held against the run that was just made.
import { limitRatio, ratioTo, serverCpuRatio } from './ratios.ts';
import type { AcrossResult, DeliveryResult, Findings } from './report.ts';

export interface Target {
  readonly name: string;
  readonly must: 'be at least' | 'be at most' | 'be below';
  readonly bound: number;
  readonly unit: '×' | 'ms' | 'MB';
  /** Undefined when the run did not measure it. */
  readonly measure: (findings: Findings) => number | undefined;
}

export interface TargetVerdict extends Pick<Target, 'name' | 'must' | 'bound' | 'unit'> {
  readonly value: number | undefined;
  readonly verdict: 'reached' | 'missed' | 'not measured';
}

const atLeast = (name: string, bound: number, measure: Target['measure']): Target => ({
  name,
  must: 'be at least',
  bound,
  unit: '×',
  measure,
});

const startOf = (findings: Findings, scenario: string) =>
  findings.starts.find(({ name }) => name === scenario)?.readyMs.median;

const deliveryOf = (findings: Findings, scenario: string) => findings.deliveries.find(({ name }) => name === scenario);

/** Whoever is missed is worse than late. */
function stalledRatio(result: DeliveryResult | undefined): number | undefined {
  if (result?.alone.p99Ms === undefined || result.besideStalled.p99Ms === undefined) return undefined;
  return result.besideStalled.missed > 0 ? Infinity : result.besideStalled.p99Ms / result.alone.p99Ms;
}

function acrossP99(result: AcrossResult | undefined): number | undefined {
  return result && result.onTheOther.missed > 0 ? Infinity : result?.onTheOther.p99Ms;
}

function stalledMemory(result: DeliveryResult | undefined): number | undefined {
  if (result?.memoryBytes === undefined || result.memoryBesideStalledBytes === undefined) return undefined;
  return (result.memoryBesideStalledBytes - result.memoryBytes) / bytesOfMb;
}

const bytesOfMb = 1_000_000;

function memoryWith(findings: Findings, ingested: number): number | undefined {
  const bytes = findings.fills.find((fill) => fill.ingested === ingested)?.peakMemoryBytes;
  return bytes === undefined ? undefined : bytes / bytesOfMb;
}

/** These compare with the limit of the same run, and so hold on any machine: the gate watches them. */
export const ratioTargets: readonly Target[] = [
  atLeast('stream-500: throughput, of the limit', 0.9, (run) => limitRatio(run, 'stream-500')),
  atLeast('stream-500-ordered: throughput, of the limit', 0.8, (run) => limitRatio(run, 'stream-500-ordered')),
  atLeast('stream-single: throughput, of bare-grpc', 0.7, (run) => ratioTo(run, 'stream-single', 'bare-grpc')),
  {
    name: 'unary-64: server CPU a call, of bare-grpc',
    must: 'be at most',
    bound: 1.2,
    unit: '×',
    measure: (run) => serverCpuRatio(run, 'unary-64', 'bare-grpc'),
  },
  atLeast('rest-1000: throughput, of the limit', 0.5, (run) => limitRatio(run, 'rest-1000')),
];

const targets: readonly Target[] = [
  ...ratioTargets,
  atLeast('stream-500: throughput, of Redis', 1, (run) => ratioTo(run, 'stream-500', 'redis')),
  atLeast('stream-500: throughput, of PostgreSQL', 1.3, (run) => ratioTo(run, 'stream-500', 'postgres')),
  atLeast('stream-500: throughput, of NATS by its library', 4, (run) => ratioTo(run, 'stream-500', 'nats')),
  atLeast('postgres-500: throughput, of the direct insert', 0.8, (run) =>
    ratioTo(run, 'postgres-500', 'postgres', 'oncelog-postgres'),
  ),
  atLeast('postgres-500: the same, on one connection', 0.8, (run) =>
    ratioTo(run, 'postgres-500', 'postgres-one', 'oncelog-postgres'),
  ),
  atLeast('postgres-500: the store by itself, of that connection', 0.8, (run) =>
    ratioTo(run, 'postgres-500', 'postgres-one', 'postgres-store'),
  ),
  atLeast('replicas-500: throughput of four, of one', 0.8, (run) =>
    ratioTo(run, 'replicas-500', 'oncelog-postgres', 'oncelog-replicas'),
  ),
  {
    name: 'across-replicas: acknowledged on one to delivery by another, p99',
    must: 'be below',
    bound: 100,
    unit: 'ms',
    measure: (run) => acrossP99(run.across.find(({ name }) => name === 'across-replicas')),
  },
  {
    name: 'GET /livez under all this load, p99',
    must: 'be below',
    bound: 50,
    unit: 'ms',
    measure: ({ liveness }) => (liveness.unanswered > 0 ? Infinity : liveness.p99Ms),
  },
  {
    name: 'fan-out: acknowledgement to delivery, p99',
    must: 'be below',
    bound: 50,
    unit: 'ms',
    measure: (run) => deliveryOf(run, 'fan-out')?.alone.p99Ms,
  },
  {
    name: 'fan-out: p99 beside stalled readers, of p99 alone',
    must: 'be at most',
    bound: 2,
    unit: '×',
    measure: (run) => stalledRatio(deliveryOf(run, 'fan-out')),
  },
  {
    name: 'fan-out: memory more beside stalled readers',
    must: 'be at most',
    bound: 64,
    unit: 'MB',
    measure: (run) => stalledMemory(deliveryOf(run, 'fan-out')),
  },
  {
    name: 'memory with 1 M events ingested, peak',
    must: 'be below',
    bound: 300,
    unit: 'MB',
    measure: (run) => memoryWith(run, 1_000_000),
  },
  {
    name: 'start on an empty store, until ready',
    must: 'be below',
    bound: 1000,
    unit: 'ms',
    measure: (run) => startOf(run, 'start-empty'),
  },
  {
    name: 'start on 10 M events, until ready',
    must: 'be below',
    bound: 1500,
    unit: 'ms',
    measure: (run) => startOf(run, 'start-on-10m'),
  },
];

export function judgeTargets(findings: Findings): TargetVerdict[] {
  return targets.map((target) => {
    const { name, must, bound, unit } = target;
    const value = target.measure(findings);
    const verdict = value === undefined ? 'not measured' : reaches(target, value) ? 'reached' : 'missed';
    return { name, must, bound, unit, value, verdict };
  });
}

function reaches({ must, bound }: Pick<Target, 'must' | 'bound'>, value: number): boolean {
  if (must === 'be at least') return value >= bound;
  return must === 'be at most' ? value <= bound : value < bound;
}
