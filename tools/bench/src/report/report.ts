// What a run has found out, as it is written down.
import type { LivenessFigures } from '../measure/liveness-probe.ts';
import type { Machine, Revision } from '../measure/machine.ts';
import type { Summary } from '../measure/statistics.ts';
import type { Peer, PeerName } from '../peers/peer.ts';
import type { DeliveryFigures } from '../delivery/delivery-latencies.ts';
import type { AcrossScenario, DeliveryScenario, IngestScenario } from '../scenarios/scenario.ts';
import type { TargetVerdict } from './targets.ts';

export interface Report {
  readonly format: 1;
  readonly command: string;
  readonly seed: number;
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly revision: Revision;
  readonly machine: Machine;
  /** Of all CPU time during the run; undefined where the kernel does not tell. */
  readonly othersCpuPart: number | undefined;
  readonly peers: readonly PeerDescription[];
  readonly ingest: readonly IngestResult[];
  readonly starts: readonly StartResult[];
  readonly deliveries: readonly DeliveryResult[];
  readonly across: readonly AcrossResult[];
  readonly fills: readonly FillResult[];
  /** GET /livez of the aggregator, every 20 ms while it was under load. */
  readonly liveness: LivenessFigures;
  readonly skipped: readonly Skipped[];
  readonly targets: readonly TargetVerdict[];
}

/** Before the targets are held against it. */
export type Findings = Omit<Report, 'targets'>;

export interface PeerDescription extends Pick<Peer, 'name' | 'survives' | 'durability'> {
  readonly version?: string;
  readonly absent?: string;
}

export interface IngestResult extends Pick<IngestScenario, 'name' | 'title' | 'stored' | 'sending' | 'load'> {
  /** In each round. */
  readonly events: number;
  readonly peers: readonly PeerResult[];
}

export interface PeerResult {
  readonly peer: PeerName;
  readonly rounds: readonly Round[];
  readonly eventsPerSecond: Summary;
  /** Until the last was stored, of a peer that accepts events before it stores them. */
  readonly storedPerSecond?: Summary | undefined;
  /** Of calls, over all rounds; a stream has one answer and no latency. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** Of the server, the most at the end of a round. A loop without a server holds its load in the same memory. */
  readonly memoryBytes: number | undefined;
  readonly flushes: Flushes | undefined;
  /** Of those who keep their log in PostgreSQL, for each event that was sent. */
  readonly walBytesPerEvent?: number | undefined;
  readonly databaseBytesPerEvent?: number | undefined;
  readonly keyBytesPerEvent?: number | undefined;
}

export interface Round {
  readonly elapsedMs: number;
  readonly eventsPerSecond: number;
  readonly storedPerSecond?: number | undefined;
  readonly serverCpuUsPerEvent: number | undefined;
  /** Of the process that sends; none where that is the one that stores. */
  readonly clientCpuUsPerEvent: number | undefined;
  readonly writtenBytesPerEvent: number | undefined;
  readonly memoryBytes: number | undefined;
}

/** Of a round of its own: counting slows it down. */
export interface Flushes {
  readonly count: number;
  readonly perSecond: number;
  readonly perThousandEvents: number;
  readonly eventsPerSecond: number;
}

export interface StartResult {
  readonly name: string;
  readonly title: string;
  readonly stored: number;
  readonly readyMs: Summary;
  readonly rounds: readonly number[];
}

export interface DeliveryResult extends Omit<DeliveryScenario, 'kind' | 'runs' | 'seconds'> {
  readonly seconds: number;
  readonly alone: DeliveryFigures;
  readonly besideStalled: DeliveryFigures;
  /** Of the aggregator, before the stalled readers came, and the most while they were there. */
  readonly memoryBytes: number | undefined;
  readonly memoryBesideStalledBytes: number | undefined;
  /** That the aggregator still counts after the stalled readers have gone. */
  readonly subscribersLeft: number;
}

/** Published on one replica; the clock starts when that one acknowledges. */
export interface AcrossResult extends Omit<AcrossScenario, 'kind' | 'runs' | 'seconds'> {
  readonly seconds: number;
  readonly onTheSame: DeliveryFigures;
  readonly onTheOther: DeliveryFigures;
}

/** An aggregator that was given so many events in one process. */
export interface FillResult {
  readonly stored: number;
  /** How many of them by this process; the others were in the store it began with. */
  readonly ingested: number;
  readonly eventsPerSecond: number;
  readonly memoryBytes: number | undefined;
  readonly peakMemoryBytes: number | undefined;
}

export interface Skipped {
  readonly scenario: string;
  readonly reason: string;
}
