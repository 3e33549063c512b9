// The ratios that say more than figures do: both sides were measured on the same machine in the same minutes.
import { median, pairedRatio } from '../measure/statistics.ts';
import type { PeerName } from '../peers/peer.ts';
import type { Findings, IngestResult, PeerResult, Round } from './report.ts';

const limitPeers: readonly PeerName[] = ['sqlite-one-row', 'sqlite-many-rows'];

function peerResult(result: IngestResult | undefined, peer: PeerName): PeerResult | undefined {
  return result?.peers.find((each) => each.peer === peer);
}

/** The faster of the loops that do the aggregator's work without a wire. */
export function limitOf(result: IngestResult): PeerResult | undefined {
  const limits = limitPeers.map((peer) => peerResult(result, peer)).filter((found) => found !== undefined);
  return limits.toSorted((a, b) => b.eventsPerSecond.median - a.eventsPerSecond.median)[0];
}

export function throughputRatio(a: PeerResult | undefined, b: PeerResult | undefined): number | undefined {
  return a && b && pairedRatio(throughputs(a), throughputs(b));
}

export function limitRatio(findings: Pick<Findings, 'ingest'>, scenario: string): number | undefined {
  const result = ingestOf(findings, scenario);
  return result && throughputRatio(peerResult(result, 'oncelog'), limitOf(result));
}

export function ratioTo(
  findings: Pick<Findings, 'ingest'>,
  scenario: string,
  peer: PeerName,
  ours: PeerName = 'oncelog',
): number | undefined {
  const result = ingestOf(findings, scenario);
  return throughputRatio(peerResult(result, ours), peerResult(result, peer));
}

export function serverCpuRatio(findings: Pick<Findings, 'ingest'>, scenario: string, peer: PeerName) {
  const result = ingestOf(findings, scenario);
  const ours = serverCpus(peerResult(result, 'oncelog'));
  const theirs = serverCpus(peerResult(result, peer));
  return ours && theirs && pairedRatio(ours, theirs);
}

/** Undefined when no round has the figure. */
export function medianOf(rounds: readonly Round[], figure: (round: Round) => number | undefined): number | undefined {
  const values = rounds.map(figure).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : median(values);
}

function ingestOf({ ingest }: Pick<Findings, 'ingest'>, scenario: string): IngestResult | undefined {
  return ingest.find(({ name }) => name === scenario);
}

function throughputs({ rounds }: PeerResult): number[] {
  return rounds.map(({ eventsPerSecond }) => eventsPerSecond);
}

/** Undefined unless every round has it: the rounds of two peers belong together. */
function serverCpus(result: PeerResult | undefined): number[] | undefined {
  const values = result?.rounds.map(({ serverCpuUsPerEvent }) => serverCpuUsPerEvent);
  return values?.every((value) => value !== undefined) ? values : undefined;
}
