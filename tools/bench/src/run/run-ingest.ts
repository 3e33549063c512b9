// One scenario: everybody who takes part is started, and then they send in turn, round after round.
import type { LoadSpec } from '../load/load.ts';
import { traceFlushes } from '../measure/flush-trace.ts';
import { LatencyHistogram } from '../measure/latency-histogram.ts';
import { figuresOf } from '../measure/process-figures.ts';
import { summarize } from '../measure/statistics.ts';
import type { Sent } from '../load/load-calls.ts';
import type { Peer, RunningPeer } from '../peers/peer.ts';
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
    let round = 1;
    for (; round <= context.rounds && !outOfTime(); round += 1) {
      note(`${scenario.name}: round ${round} of ${context.rounds}`);
      for (const participant of participants) await measure(context, participant, specOf(round, 1));
    }
    if (context.tracing && !outOfTime()) {
      note(`${scenario.name}: counting flushes`);
      for (const participant of participants) await trace(context, participant, specOf(round, tracedPart));
    }
    const results = participants.filter(({ rounds }) => rounds.length > 0).map(resultOf);
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
  return { peer, folder, running, load, latencies: new LatencyHistogram(), rounds: [], flushes: undefined };
}

async function measure(context: RunContext, participant: Participant, spec: LoadSpec): Promise<void> {
  const { running, load, latencies, rounds } = participant;
  await settleDisk(context.lifetime);
  const pid = running.pid ?? load.pid;
  const stopAsking = running.url === undefined ? undefined : context.liveness.start(running.url);
  try {
    const { sent, before } = await send(participant, spec, () => figuresOf(pid));
    const after = figuresOf(pid);
    const inServer = before && after && { cpuMs: after.cpuMs - before.cpuMs, memoryBytes: after.memoryBytes };
    const written =
      before?.writtenBytes === undefined || after?.writtenBytes === undefined
        ? undefined
        : after.writtenBytes - before.writtenBytes;
    const perEvent = (ms: number | undefined) => (ms === undefined ? undefined : (ms * 1000) / spec.count);
    const apart = running.pid !== undefined;
    latencies.add(sent.latencies);
    rounds.push({
      elapsedMs: sent.elapsedMs,
      eventsPerSecond: (spec.count * 1000) / sent.elapsedMs,
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
  const { running, load } = participant;
  await settleDisk(context.lifetime);
  const tracing = await traceFlushes(running.pid ?? load.pid, context.lifetime);
  const { sent } = await send(participant, spec);
  const count = await tracing.stop();
  participant.flushes = {
    count,
    perSecond: (count * 1000) / sent.elapsedMs,
    perThousandEvents: (count * 1000) / spec.count,
    eventsPerSecond: (spec.count * 1000) / sent.elapsedMs,
  };
}

/** A peer that answers anything but what the load says it must is not measured but wrong. */
async function send<Before = undefined>(
  { peer, load }: Participant,
  spec: LoadSpec,
  lookBefore?: () => Before,
): Promise<{ readonly sent: Sent; readonly before: Before | undefined }> {
  const { distinct, repeats } = await load.call('prepare', spec);
  const before = lookBefore?.();
  const sent = await load.call('send', undefined);
  const { stored, duplicates } = sent.tally;
  const expected = peer.knowsRepeats
    ? { stored: distinct, duplicates: repeats }
    : { stored: spec.count, duplicates: 0 };
  if (stored !== expected.stored || duplicates !== expected.duplicates) {
    const found = `${stored} stored and ${duplicates} duplicates`;
    throw new Error(`${peer.name} found ${found} instead of ${expected.stored} and ${expected.duplicates}`);
  }
  return { sent, before };
}

function resultOf({ peer, rounds, latencies, flushes }: Participant): PeerResult {
  const memory = rounds.map(({ memoryBytes }) => memoryBytes).filter((bytes) => bytes !== undefined);
  return {
    peer: peer.name,
    rounds,
    eventsPerSecond: summarize(rounds.map(({ eventsPerSecond }) => eventsPerSecond)),
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    memoryBytes: memory.length === 0 ? undefined : Math.max(...memory),
    flushes,
  };
}
