// A whole run: who takes part, one scenario after the other, and what came of it.
import { LivenessProbe } from '../measure/liveness-probe.ts';
import { flushTraceObstacle } from '../measure/flush-trace.ts';
import { describeMachine, describeRevision } from '../measure/machine.ts';
import { watchOthers } from '../measure/machine-use.ts';
import { type Peer, type PeerName, peerNames } from '../peers/peer.ts';
import { loadPeer } from '../peers/peers.ts';
import type {
  AcrossResult,
  DeliveryResult,
  Findings,
  IngestResult,
  PeerDescription,
  Report,
  Skipped,
  StartResult,
} from '../report/report.ts';
import { judgeTargets } from '../report/targets.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { FilledStores } from './filled-stores.ts';
import { Lifetime } from './lifetime.ts';
import { diskObstacle, type RunContext } from './run-context.ts';
import { runAcross } from './run-across.ts';
import { runDelivery } from './run-delivery.ts';
import { runIngest } from './run-ingest.ts';
import { runStarts } from './run-starts.ts';

export interface BenchmarkOptions {
  readonly command: string;
  readonly scenarios: readonly Scenario[];
  readonly peers: readonly PeerName[];
  readonly seed: number;
  readonly rounds: number;
  readonly eventsOf: RunContext['eventsOf'];
  /** No round begins after it. */
  readonly budgetMs: number;
  /** False leaves the flushes uncounted. */
  readonly traces: boolean;
  readonly lifetime: Lifetime;
  readonly note: (text: string) => void;
}

export async function runBenchmark(options: BenchmarkOptions): Promise<Report> {
  const { lifetime, scenarios, seed, rounds, eventsOf, note } = options;
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const machine = describeMachine();
  const others = watchOthers();
  const liveness = new LivenessProbe();
  const stores = new FilledStores({ lifetime, liveness, seed, note });
  const { present, descriptions } = await findPeers(options);
  const traceObstacle = options.traces ? flushTraceObstacle() : 'it was not asked for';
  const context: RunContext = {
    lifetime,
    liveness,
    stores,
    peers: present,
    seed,
    rounds,
    eventsOf,
    outOfTime: () => performance.now() - began > options.budgetMs,
    tracing: traceObstacle === undefined,
    note,
  };
  const ingest: IngestResult[] = [];
  const starts: StartResult[] = [];
  const deliveries: DeliveryResult[] = [];
  const across: AcrossResult[] = [];
  const skipped: Skipped[] = traceObstacle ? [{ scenario: 'counting flushes', reason: traceObstacle }] : [];
  for (const scenario of scenarios) {
    const reason = obstacleOf(context, scenario);
    const result = reason === undefined ? await run(context, scenario) : undefined;
    if (result === undefined) skipped.push({ scenario: scenario.name, reason: reason ?? outOfTime });
    else if ('readyMs' in result) starts.push(result);
    else if ('alone' in result) deliveries.push(result);
    else if ('onTheOther' in result) across.push(result);
    else ingest.push(result);
  }
  liveness.close();
  const findings: Findings = {
    format: 1,
    command: options.command,
    seed,
    startedAt,
    elapsedMs: performance.now() - began,
    revision: describeRevision(),
    machine,
    othersCpuPart: others(),
    peers: descriptions,
    ingest,
    starts,
    deliveries,
    across,
    fills: stores.fills,
    liveness: liveness.figures(),
    skipped,
  };
  return { ...findings, targets: judgeTargets(findings) };
}

const outOfTime = 'the time for this run was over';

function obstacleOf(context: RunContext, scenario: Scenario): string | undefined {
  if (context.outOfTime()) return outOfTime;
  const takingPart = takingPartIn(scenario).filter((peer) => context.peers.has(peer));
  if (takingPart.length === 0) return 'nobody who takes part in it is here';
  return diskObstacle(scenario.stored, takingPart.length + 1);
}

function run(
  context: RunContext,
  scenario: Scenario,
): Promise<IngestResult | StartResult | DeliveryResult | AcrossResult | undefined> {
  if (scenario.kind === 'start') return runStarts(context, scenario);
  if (scenario.kind === 'across') return runAcross(context, scenario);
  return scenario.kind === 'delivery' ? runDelivery(context, scenario) : runIngest(context, scenario);
}

function takingPartIn(scenario: Scenario): readonly PeerName[] {
  if (scenario.kind === 'ingest') return scenario.peers;
  return scenario.kind === 'across' ? ['oncelog-replicas'] : ['oncelog'];
}

/** Only those that some scenario asks for. */
async function findPeers({ peers, scenarios }: BenchmarkOptions) {
  const asked = new Set(scenarios.flatMap(takingPartIn));
  const present = new Map<PeerName, Peer>();
  const descriptions: PeerDescription[] = [];
  for (const name of peerNames.filter((each) => asked.has(each) && peers.includes(each))) {
    const peer = await loadPeer(name);
    const { survives, durability } = peer;
    const presence = peer.find();
    if ('version' in presence) present.set(name, peer);
    descriptions.push({ name, survives, durability, ...presence });
  }
  return { present, descriptions };
}
