import { describe, expect, it } from 'vitest';
import { sampleFindings, sampleIngest, samplePeer } from '../testing/sample-report.ts';
import type { Findings } from './report.ts';
import { judgeTargets } from './targets.ts';

function verdictOf(findings: Findings, name: string) {
  return judgeTargets(findings).find((target) => target.name.includes(name))!;
}

function streamOf(ours: number[], oneRow: number[], manyRows: number[]): Findings {
  return sampleFindings([
    sampleIngest('stream-500', [
      samplePeer('oncelog', ours),
      samplePeer('sqlite-one-row', oneRow),
      samplePeer('sqlite-many-rows', manyRows),
    ]),
  ]);
}

describe('the ratio to the limit', () => {
  it('is taken of the faster of the two loops, round by round', () => {
    const findings = streamOf([90, 45, 90], [10, 10, 10], [100, 50, 100]);
    expect(verdictOf(findings, 'stream-500: throughput, of the limit')).toMatchObject({
      value: 0.9,
      verdict: 'reached',
    });
  });

  it('is missed by a hair', () => {
    const findings = streamOf([89.9, 89.9, 89.9], [100, 100, 100], [99, 99, 99]);
    expect(verdictOf(findings, 'stream-500: throughput, of the limit').verdict).toBe('missed');
  });
});

describe('the CPU of a call', () => {
  it.each([
    [120, 'reached'],
    [121, 'missed'],
  ])('of %d µs beside 100 is %s', (cpu, verdict) => {
    const peers = [samplePeer('oncelog', [1], cpu), samplePeer('bare-grpc', [1], 100)];
    expect(verdictOf(sampleFindings([sampleIngest('unary-64', peers)]), 'unary-64').verdict).toBe(verdict);
  });

  it('is not measured where the kernel does not tell', () => {
    const peers = [samplePeer('oncelog', [1]), samplePeer('bare-grpc', [1], 100)];
    expect(verdictOf(sampleFindings([sampleIngest('unary-64', peers)]), 'unary-64').verdict).toBe('not measured');
  });
});

describe('the ratios of many machines', () => {
  const findings = sampleFindings([
    sampleIngest('postgres-500', [
      samplePeer('oncelog-postgres', [90, 45, 90]),
      samplePeer('postgres', [100, 50, 100]),
      samplePeer('postgres-one', [120, 60, 120]),
      samplePeer('postgres-store', [108, 54, 108]),
    ]),
    sampleIngest('replicas-500', [samplePeer('oncelog-postgres', [100]), samplePeer('oncelog-replicas', [79])]),
  ]);

  it('are of the aggregator on PostgreSQL to inserts by themselves, and of four to one', () => {
    expect(verdictOf(findings, 'of the direct insert')).toMatchObject({ value: 0.9, verdict: 'reached' });
    expect(verdictOf(findings, 'on one connection')).toMatchObject({ value: 0.75, verdict: 'missed' });
    expect(verdictOf(findings, 'the store by itself')).toMatchObject({ value: 0.9, verdict: 'reached' });
    expect(verdictOf(findings, 'of four, of one')).toMatchObject({ value: 0.79, verdict: 'missed' });
  });

  it('judge delivery by the other replica, and a subscriber who missed something as worse than late', () => {
    expect(verdictOf(findings, 'delivery by another')).toMatchObject({ value: 40, verdict: 'reached' });
    const [across] = findings.across;
    const missing = { ...findings, across: [{ ...across!, onTheOther: { ...across!.onTheOther, missed: 1 } }] };
    expect(verdictOf(missing, 'delivery by another').verdict).toBe('missed');
    expect(verdictOf({ ...findings, across: [] }, 'delivery by another').verdict).toBe('not measured');
  });
});

describe('the other targets', () => {
  const findings = sampleFindings([]);

  it('are judged by the figures of their own', () => {
    expect(verdictOf(findings, '/livez')).toMatchObject({ value: 20, verdict: 'reached' });
    expect(verdictOf(findings, 'memory with 1 M')).toMatchObject({ value: 299, verdict: 'reached' });
    expect(verdictOf(findings, 'start on an empty')).toMatchObject({ value: 450, verdict: 'reached' });
    expect(verdictOf(findings, 'start on 10 M').verdict).toBe('not measured');
    expect(verdictOf(findings, 'of Redis').verdict).toBe('not measured');
  });

  it('judge delivery beside stalled readers, and those who missed something as worse than late', () => {
    expect(verdictOf(findings, 'acknowledgement to delivery')).toMatchObject({ value: 20, verdict: 'reached' });
    expect(verdictOf(findings, 'of p99 alone')).toMatchObject({ value: 1.5, verdict: 'reached' });
    expect(verdictOf(findings, 'memory more')).toMatchObject({ value: 50, verdict: 'reached' });
    const [delivery] = findings.deliveries;
    const besideStalled = { ...delivery!.besideStalled, missed: 1 };
    const missing = { ...findings, deliveries: [{ ...delivery!, besideStalled }] };
    expect(verdictOf(missing, 'of p99 alone').verdict).toBe('missed');
  });

  it('count a question without an answer as missed', () => {
    const liveness = { ...findings.liveness, unanswered: 1 };
    expect(verdictOf({ ...findings, liveness }, '/livez').verdict).toBe('missed');
  });
});
