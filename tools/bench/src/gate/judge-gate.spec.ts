import { describe, expect, it } from 'vitest';
import { sampleFindings, sampleIngest, samplePeer } from '../testing/sample-report.ts';
import type { Findings } from '../report/report.ts';
import { baselineOf, judgeGate } from './judge-gate.ts';

/** A run with these throughputs beside a limit of 100, and this CPU beside 100 of the bare server. */
function run(ours: number, cpu: number): Findings {
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

const baseline = baselineOf(run(80, 200));

function verdicts(findings: Findings): string[] {
  return judgeGate(findings, baseline).map(({ verdict }) => verdict);
}

describe('the gate', () => {
  it('holds at the baseline, above it, and within the noise below it', () => {
    for (const findings of [run(80, 200), run(100, 100), run(68.1, 229)]) {
      expect(verdicts(findings)).toEqual(['held', 'held', 'held', 'held', 'held']);
    }
  });

  it('fails when throughput falls further, whatever the CPU', () => {
    expect(verdicts(run(67, 100))).toEqual(['worse', 'worse', 'worse', 'held', 'worse']);
  });

  it('fails when a call costs more CPU, whatever the throughput', () => {
    expect(verdicts(run(100, 231))).toEqual(['held', 'held', 'held', 'worse', 'held']);
  });

  it('does not hold for what was not measured', () => {
    expect(verdicts(sampleFindings([]))).toEqual(Array.from({ length: 5 }, () => 'not measured'));
  });

  it('asks for a baseline of every ratio, and of a whole run', () => {
    expect(() => judgeGate(run(80, 200), { ...baseline, ratios: {} })).toThrow('accept a run first');
    expect(() => baselineOf(sampleFindings([]))).toThrow('did not measure');
  });

  it('is told by ratios: a machine of half the speed passes', () => {
    const half = (findings: Findings): Findings => ({
      ...findings,
      ingest: findings.ingest.map((result) => ({
        ...result,
        peers: result.peers.map((peer) =>
          samplePeer(
            peer.peer,
            peer.rounds.map(({ eventsPerSecond }) => eventsPerSecond / 2),
            peer.rounds[0]!.serverCpuUsPerEvent === undefined ? undefined : peer.rounds[0]!.serverCpuUsPerEvent * 2,
          ),
        ),
      })),
    });
    expect(verdicts(half(run(80, 200)))).toEqual(['held', 'held', 'held', 'held', 'held']);
  });
});
