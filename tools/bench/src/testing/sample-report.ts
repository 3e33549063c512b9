// A report for specs: figures that are easy to recognise, and the widest that a table has to hold.
import { summarize } from '../measure/statistics.ts';
import { type PeerName, peerNames } from '../peers/peer.ts';
import type { AcrossResult, DeliveryResult, Findings, IngestResult, PeerResult, Report } from '../report/report.ts';
import { judgeTargets } from '../report/targets.ts';
import { streamOf500, usualLoad } from '../scenarios/scenario.ts';

export function samplePeer(peer: PeerName, throughputs: readonly number[], serverCpuUs?: number): PeerResult {
  const round = { clientCpuUsPerEvent: 123.4, writtenBytesPerEvent: 12_345, memoryBytes: 1_234_000_000 };
  const rounds = throughputs.map((eventsPerSecond) => ({
    ...round,
    eventsPerSecond,
    elapsedMs: 1000,
    serverCpuUsPerEvent: serverCpuUs,
  }));
  return {
    peer,
    rounds,
    eventsPerSecond: summarize(throughputs),
    p50Ms: 1234.5,
    p99Ms: 12_345.6,
    memoryBytes: 1_234_000_000,
    flushes: { count: 10, perSecond: 12_345, perThousandEvents: 1, eventsPerSecond: 1000 },
  };
}

export function sampleIngest(name: string, peers: readonly PeerResult[]): IngestResult {
  return {
    name,
    title: `${name} <&> its title`,
    stored: 0,
    sending: streamOf500,
    load: usualLoad,
    events: 1000,
    peers,
  };
}

const sampleDelivery: DeliveryResult = {
  name: 'fan-out',
  title: 'live subscribers',
  stored: 1000,
  subscribers: 100,
  eventsPerSecond: 1000,
  stalledReaders: 100,
  seconds: 60,
  alone: { deliveries: 6_000_000, missed: 0, p50Ms: 4, p99Ms: 20, maxMs: 30, serverCpuPart: 0.5 },
  besideStalled: { deliveries: 6_000_000, missed: 0, p50Ms: 5, p99Ms: 30, maxMs: 60, serverCpuPart: 0.6 },
  memoryBytes: 200_000_000,
  memoryBesideStalledBytes: 250_000_000,
  subscribersLeft: 0,
};

/** What only peers on PostgreSQL and peers with a broker have. */
export const sampleStored = {
  storedPerSecond: summarize([1_234_567]),
  walBytesPerEvent: 123.4,
  databaseBytesPerEvent: 567.8,
  keyBytesPerEvent: 234.5,
};

const sampleAcross: AcrossResult = {
  name: 'across-replicas',
  title: 'published on one of two replicas',
  stored: 0,
  subscribers: 10,
  eventsPerSecond: 500,
  seconds: 60,
  onTheSame: { deliveries: 300_000, missed: 0, p50Ms: 4, p99Ms: 20, maxMs: 30, serverCpuPart: undefined },
  onTheOther: { deliveries: 300_000, missed: 0, p50Ms: 6, p99Ms: 40, maxMs: 60, serverCpuPart: undefined },
};

export function sampleFindings(ingest: readonly IngestResult[]): Findings {
  return {
    format: 1,
    command: 'npm run bench -- --quick',
    seed: 1,
    startedAt: '2026-01-02T03:04:05.678Z',
    elapsedMs: 61_000,
    revision: { commit: '0123456789abcdef0123', changed: false },
    machine: { cpu: 'A CPU', cores: 2, memoryBytes: 8e9, system: 'linux', node: 'v22', loadAverage: 0.5 },
    othersCpuPart: 0.05,
    peers: peerNames.map((name) => ({
      name,
      survives: name === 'nats' ? 'process end' : 'power loss',
      durability: `what ${name} does`,
      ...(name === 'nats-sync-always' ? { absent: 'no such setting' } : { version: '1.2.3' }),
    })),
    ingest,
    starts: [{ name: 'start-empty', title: 'start', stored: 0, readyMs: summarize([400, 500]), rounds: [400, 500] }],
    deliveries: [sampleDelivery],
    across: [sampleAcross],
    fills: [
      {
        stored: 1_000_000,
        ingested: 1_000_000,
        eventsPerSecond: 50_000,
        memoryBytes: 200_000_000,
        peakMemoryBytes: 299_000_000,
      },
    ],
    liveness: { asked: 100, unanswered: 0, p50Ms: 1, p99Ms: 20, maxMs: 30 },
    skipped: [{ scenario: 'rest-1000', reason: 'the time for this run was over' }],
  };
}

export function sampleReport(ingest: readonly IngestResult[]): Report {
  const findings = sampleFindings(ingest);
  return { ...findings, targets: judgeTargets(findings) };
}

/** A run with these throughputs beside a limit of 100, and this CPU beside 100 of the bare server. */
export function sampleGated(ours: number, cpu: number): Findings {
  const limit = samplePeer('sqlite-one-row', [100]);
  const bare = samplePeer('bare-grpc', [100], 100);
  return sampleFindings([
    ...['stream-500', 'stream-500-ordered', 'rest-1000'].map((name) =>
      sampleIngest(name, [samplePeer('oncelog', [ours]), limit]),
    ),
    sampleIngest('stream-single', [samplePeer('oncelog', [ours]), bare]),
    sampleIngest('unary-64', [samplePeer('oncelog', [50], cpu), bare]),
  ]);
}
