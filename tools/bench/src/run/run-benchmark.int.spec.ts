import { readdirSync, readFileSync } from 'node:fs';
import { hasService } from '@oncelog/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { flushTraceObstacle } from '../measure/flush-trace.ts';
import type { PeerName } from '../peers/peer.ts';
import { renderReport } from '../report/terminal.ts';
import { writeReport } from '../report/write-report.ts';
import type { Report, Round } from '../report/report.ts';
import { scenarios } from '../scenarios/scenarios.ts';
import { Lifetime } from './lifetime.ts';
import { type BenchmarkOptions, runBenchmark } from './run-benchmark.ts';

const lifetime = new Lifetime();
afterAll(() => lifetime.end());

function run(names: readonly string[], peers: readonly PeerName[], changed: Partial<BenchmarkOptions> = {}) {
  return runBenchmark({
    command: 'a spec',
    scenarios: scenarios.filter(({ name }) => names.includes(name)),
    peers,
    seed: 1,
    rounds: 2,
    eventsOf: () => 1000,
    budgetMs: 30_000,
    traces: false,
    lifetime,
    note: () => undefined,
    ...changed,
  });
}

describe('a run', () => {
  it('measures the aggregator beside a peer, and its start', async () => {
    const report = await run(['stream-500', 'start-empty'], ['oncelog', 'sqlite-one-row']);
    const [result] = report.ingest;
    expect(result!.peers.map(({ peer, rounds }) => [peer, rounds.length])).toEqual([
      ['oncelog', 2],
      ['sqlite-one-row', 2],
    ]);
    for (const { rounds } of result!.peers) {
      for (const { eventsPerSecond, elapsedMs } of rounds) expect(eventsPerSecond).toBeCloseTo(1_000_000 / elapsedMs);
    }
    const [ours, limit] = result!.peers;
    expect(ours!.rounds[0]!.clientCpuUsPerEvent).toBeGreaterThan(0);
    expect(limit!.rounds[0]!.clientCpuUsPerEvent).toBeUndefined();
    expect(limit!.rounds[0]!.serverCpuUsPerEvent).toBeGreaterThan(0);
    expect(report.starts[0]!.rounds).toHaveLength(2);
    expect(report.liveness.asked).toBeGreaterThan(0);
    expectWritten(report);
  });

  // Under NORMAL a commit is not flushed, and the limit would be one that loses events.
  it.skipIf(flushTraceObstacle())('counts a flush for each commit, of the limit too', async () => {
    const options = { traces: true, rounds: 1, eventsOf: () => 25_000 };
    const { ingest } = await run(['stream-500'], ['oncelog', 'sqlite-one-row', 'sqlite-many-rows'], options);
    const [ours, ...limits] = ingest[0]!.peers.map(({ flushes }) => flushes!.count);
    const commitsOfTheLimit = (25_000 * 0.2) / 5000;
    expect(ours).toBeGreaterThanOrEqual(commitsOfTheLimit);
    for (const flushes of limits) expect(flushes).toBeGreaterThanOrEqual(commitsOfTheLimit);
  });

  it.runIf(hasService('postgres'))(
    'measures replicas on one PostgreSQL beside one, and what they write there',
    async () => {
      const { ingest } = await run(['replicas-500'], ['oncelog-replicas', 'oncelog-postgres'], { rounds: 1 });
      const peers = ingest[0]!.peers;
      expect(peers.map(({ peer }) => peer)).toEqual(['oncelog-replicas', 'oncelog-postgres']);
      for (const { rounds, walBytesPerEvent, databaseBytesPerEvent, keyBytesPerEvent } of peers) {
        expect(rounds[0]!.serverCpuUsPerEvent).toBeGreaterThan(0);
        // The content alone is 150 bytes, and seven of ten are stored.
        expect(walBytesPerEvent).toBeGreaterThan(105);
        expect(databaseBytesPerEvent).toBeGreaterThan(105);
        // An id of 17 bytes and a digest of 16, in a row and in an index.
        expect(keyBytesPerEvent).toBeGreaterThan(35);
        expect(keyBytesPerEvent).toBeLessThan(databaseBytesPerEvent!);
      }
    },
  );

  it.runIf(hasService('postgres'))(
    'measures the store by itself, and inserts on one connection and on two',
    async () => {
      const peers = ['postgres', 'postgres-one', 'postgres-store'] as const;
      const { ingest } = await run(['postgres-500'], peers, { rounds: 1 });
      expect(ingest[0]!.peers.map(({ peer }) => peer)).toEqual(peers);
    },
  );

  it.runIf(hasService('postgres') && hasService('redis')).for(['broker-rest', 'broker-unary', 'broker-500'])(
    'measures what a broker accepts, and when all of it was stored: %s',
    async (scenario) => {
      const { ingest } = await run([scenario], ['oncelog-broker'], { rounds: 1, eventsOf: () => 500 });
      const [{ elapsedMs, storedPerSecond, eventsPerSecond }] = ingest[0]!.peers[0]!.rounds as [Round];
      expect(elapsedMs).toBeGreaterThan(0);
      expect(storedPerSecond!).toBeGreaterThan(0);
      expect(storedPerSecond!).toBeLessThan(eventsPerSecond);
    },
  );

  it.runIf(hasService('postgres'))('measures how soon another replica delivers', async () => {
    const { across } = await run(['across-replicas'], ['oncelog-replicas'], { eventsOf: () => 1 });
    const { onTheSame, onTheOther } = across[0]!;
    for (const { deliveries, missed, p99Ms } of [onTheSame, onTheOther]) {
      expect([deliveries, missed]).toEqual([5000, 0]);
      expect(p99Ms).toBeGreaterThan(0);
    }
  });

  it('says what it skipped when its time was over', async () => {
    const report = await run(['stream-500', 'start-empty'], ['oncelog'], { budgetMs: -1 });
    expect(report.skipped.map(({ scenario }) => scenario)).toContain('stream-500');
    expect(report.ingest).toEqual([]);
  });

  it('fails when a peer finds other repeats than there are', async () => {
    const wrong = { ...scenarios[0]!, peers: ['bare-grpc'] } as (typeof scenarios)[number];
    const { bareGrpc } = await import('../peers/bare-grpc.ts');
    const kept = bareGrpc.knowsRepeats;
    Object.assign(bareGrpc, { knowsRepeats: true });
    try {
      await expect(run([], ['bare-grpc'], { scenarios: [wrong] })).rejects.toThrow('bare-grpc found 400 stored');
    } finally {
      Object.assign(bareGrpc, { knowsRepeats: kept });
    }
  });
});

function expectWritten(report: Report): void {
  const folder = lifetime.folder('out');
  const [json, chart] = writeReport(report, folder);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(JSON.parse(readFileSync(json!, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
  expect(readFileSync(chart!, 'utf8')).toContain('sqlite-one-row');
  expect(renderReport(report)).toContain('power loss');
}
