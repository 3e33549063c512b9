// One scenario: everybody who takes part is started, and then they send in turn, round after round.
import type { LoadSpec } from '../load/load.ts';
import { traceFlushes } from '../measure/flush-trace.ts';
import { LatencyHistogram } from '../measure/latency-histogram.ts';
import { figuresOf } from '../measure/process-figures.ts';
import { summarize } from '../measure/statistics.ts';
import type { Sent } from '../load/load-calls.ts';
import type { LogSizes, Peer, RunningPeer, Tally } from '../peers/peer.ts';
import type { Flushes, IngestResult, PeerResult, Round } from '../report/report.ts';
import type { IngestScenario } from '../scenarios/scenario.ts';
import { LoadProcess } from './load-process.ts';
import { type RunContext, settleDisk } from './run-context.ts';

/** Enough to have the code compiled and the connections grown. */
const warmUpPart = 0.4;
const tracedPart = 0.2;

interface Participant {
  readonly peer: Peer;
  readonly folder: string;
  readonly running: RunningPeer;
  readonly load: LoadProcess;
  readonly latencies: LatencyHistogram;
  readonly rounds: Round[];
  flushes: Flushes | undefined;
  /** Before the first round and after the last. */
  readonly sizes: LogSizes[];
}

export async function runIngest(context: RunContext, scenario: IngestScenario): Promise<IngestResult | undefined> {
  const { lifetime, peers, outOfTime, note } = context;
  const events = context.eventsOf(scenario.events);
  const participants: Participant[] = [];
  try {
    note(`${scenario.name}: starting`);
    for (const name of scenario.peers) {
      const peer = peers.get(name);
      if (peer) participants.push(await open(context, scenario, peer));
    }
    const specOf = (round: number, part: number): LoadSpec => {
      const count = Math.max(1, Math.round(events * part));
      return { ...scenario.load, seed: context.seed, name: scenario.name, round, count };
    };
    for (const participant of participants) await send(participant, specOf(0, warmUpPart));
    for (const participant of participants) await lookAtSizes(participant);
    let round = 1;
    for (; round <= context.rounds && !outOfTime(); round += 1) {
      note(`${scenario.name}: round ${round} of ${context.rounds}`);
      for (const participant of participants) await measure(context, participant, specOf(round, 1));
    }
    for (const participant of participants) await lookAtSizes(participant);
    if (context.tracing && !outOfTime()) {
      note(`${scenario.name}: counting flushes`);
      for (const participant of participants) await trace(context, participant, specOf(round, tracedPart));
    }
    const results = participants
      .filter(({ rounds }) => rounds.length > 0)
      .map((participant) => resultOf(participant, events));
    if (results.length === 0) return undefined;
    const { name, title, stored, sending, load } = scenario;
    return { name, title, stored, sending, load, events, peers: results };
  } finally {
    for (const { load, running, folder } of participants) {
      await load.close();
      await running.stop();
      lifetime.removeFolder(folder);
    }
  }
}

async function open(context: RunContext, { stored, sending }: IngestScenario, peer: Peer): Promise<Participant> {
  const { lifetime, stores } = context;
  const folder = lifetime.folder(peer.name);
  const running = await peer.start({ lifetime, directory: folder, stored: await stores.directoryOf(stored) });
  const load = await LoadProcess.open(lifetime, peer.name, running.address, sending);
  return { peer, folder, running, load, latencies: new LatencyHistogram(), rounds: [], flushes: undefined, sizes: [] };
}

async function measure(context: RunContext, participant: Participant, spec: LoadSpec): Promise<void> {
  const { running, latencies, rounds } = participant;
  await settleDisk(context.lifetime);
  const pids = pidsOf(participant);
  const stopAsking = running.url === undefined ? undefined : context.liveness.start(running.url);
  try {
    const { sent, storedMs, before } = await send(participant, spec, () => figuresOf(...pids));
    const after = figuresOf(...pids);
    const inServer = before && after && { cpuMs: after.cpuMs - before.cpuMs, memoryBytes: after.memoryBytes };
    const written =
      before?.writtenBytes === undefined || after?.writtenBytes === undefined
        ? undefined
        : after.writtenBytes - before.writtenBytes;
    const perEvent = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / spec.count);
    const apart = running.pids.length > 0;
    latencies.add(sent.latencies);
    rounds.push({
      elapsedMs: sent.elapsedMs,
      eventsPerSecond: (spec.count * 1000) / sent.elapsedMs,
      storedPerSecond: storedMs === undefined ? undefined : (spec.count * 1000) / storedMs,
      serverCpuUsPerEvent: perEvent(apart ? inServer?.cpuMs : sent.cpuMs),
      clientCpuUsPerEvent: apart ? perEvent(sent.cpuMs) : undefined,
      writtenBytesPerEvent: written === undefined ? undefined : written / spec.count,
      memoryBytes: apart ? inServer?.memoryBytes : undefined,
    });
  } finally {
    stopAsking?.();
  }
}

async function trace(context: RunContext, participant: Participant, spec: LoadSpec): Promise<void> {
  await settleDisk(context.lifetime);
  const tracing = await traceFlushes(pidsOf(participant), context.lifetime);
  const { sent, storedMs = sent.elapsedMs } = await send(participant, spec);
  const count = await tracing.stop();
  participant.flushes = {
    count,
    perSecond: (count * 1000) / storedMs,
    perThousandEvents: (count * 1000) / spec.count,
    eventsPerSecond: (spec.count * 1000) / sent.elapsedMs,
  };
}

/** Who works for it: the process of the load, where there is no other. */
function pidsOf({ running, load }: Participant): readonly number[] {
  return running.pids.length === 0 ? [load.pid] : running.pids;
}

async function lookAtSizes({ running, sizes }: Participant): Promise<void> {
  if (running.sizes) sizes.push(await running.sizes());
}

interface Outcome<Before> {
  readonly sent: Sent;
  /** From the first event until all of them were stored, of a peer that accepts them before. */
  readonly storedMs: number | undefined;
  readonly before: Before | undefined;
}

/** A peer that answers anything but what the load says it must is not measured but wrong. */
async function send<Before = undefined>(
  { peer, load, running }: Participant,
  spec: LoadSpec,
  lookBefore?: () => Before,
): Promise<Outcome<Before>> {
  const { distinct, repeats } = await load.call('prepare', spec);
  const storedBefore = await running.settled?.();
  const before = lookBefore?.();
  const sent = await load.call('send', undefined);
  const answeredMs = performance.now();
  const storedAfter = await running.settled?.();
  const storedMs = storedAfter && sent.elapsedMs + performance.now() - answeredMs;
  const expected = peer.knowsRepeats
    ? { stored: distinct, duplicates: repeats }
    : { stored: spec.count, duplicates: 0 };
  if (storedBefore && storedAfter) {
    assertTally(peer, sent.tally, { stored: 0, duplicates: 0, accepted: spec.count });
    const duplicates = storedAfter.duplicates - storedBefore.duplicates;
    assertTally(peer, { stored: storedAfter.stored - storedBefore.stored, duplicates }, expected);
  } else assertTally(peer, sent.tally, expected);
  return { sent, storedMs, before };
}

function assertTally({ name }: Peer, actual: Tally, expected: Tally): void {
  const textOf = ({ stored, duplicates, accepted = 0 }: Tally) =>
    `${stored} stored, ${duplicates} duplicates, ${accepted} accepted`;
  if (textOf(actual) !== textOf(expected)) {
    throw new Error(`${name} found ${textOf(actual)} instead of ${textOf(expected)}`);
  }
}

function resultOf({ peer, rounds, latencies, flushes, sizes }: Participant, events: number): PeerResult {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const perEvent = (bytes: (size: LogSizes) => number) =>
    first && last && (bytes(last) - bytes(first)) / (events * rounds.length);
  const stored = rounds.map(({ storedPerSecond }) => storedPerSecond).filter((rate) => rate !== undefined);
  const memory = rounds.map(({ memoryBytes }) => memoryBytes).filter((bytes) => bytes !== undefined);
  return {
    peer: peer.name,
    rounds,
    eventsPerSecond: summarize(rounds.map(({ eventsPerSecond }) => eventsPerSecond)),
    storedPerSecond: stored.length === 0 ? undefined : summarize(stored),
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    memoryBytes: memory.length === 0 ? undefined : Math.max(...memory),
    flushes,
    walBytesPerEvent: perEvent(({ walBytes }) => walBytes),
    databaseBytesPerEvent: perEvent(({ databaseBytes }) => databaseBytes),
    keyBytesPerEvent: perEvent(({ keyBytes }) => keyBytes),
  };
}
