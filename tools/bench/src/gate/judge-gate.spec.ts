import { describe, expect, it } from 'vitest';
import { sampleFindings, sampleGated as run, samplePeer } from '../testing/sample-report.ts';
import type { Findings } from '../report/report.ts';
import { baselineOf, judgeGate } from './judge-gate.ts';

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
