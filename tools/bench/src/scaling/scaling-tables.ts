// The calculation as text: replicas at one lock, topics in partitions, and logs of up to a million events a second.
import type { Report } from '../report/report.ts';
import { type Column, formatNumber, formatPercent, renderTable } from '../report/table.ts';
import { type CommitLockFigures, simulateCommitLock } from './commit-lock.ts';
import { largeLog, type MeasuredLog, measuredLog } from './large-log.ts';
import { type PartitionLoad, partitionLoad } from './partition-load.ts';

const seed = 20_260_101;
const eventsSimulated = 300_000;
const trials = 5;

const right = <Row>(title: string, text: (row: Row) => string): Column<Row> => ({ title, align: 'right', text });

export function renderScaling(report: Pick<Report, 'ingest' | 'startedAt' | 'revision'>): string {
  const measured = measuredLog(report);
  const sections = [
    [`from the run of ${report.startedAt}, commit ${report.revision.commit?.slice(0, 12) ?? 'unknown'}`],
    ['Replicas on one PostgreSQL, single events at random moments (simulated)', ...lockTable(measured)],
    ['Topics in partitions by hash, the part of all partitions that can be used (simulated)', ...partitionTable()],
    ['Events a second in all (calculated)', ...largeTable(measured)],
  ];
  return `${sections.map((lines) => lines.map((line) => `${line}\n`).join('')).join('\n')}`;
}

interface LockRow extends CommitLockFigures {
  readonly replicas: number;
  readonly offered: number;
}

function lockTable({ eventsPerSecond: rate, commitMs: fixedMs }: MeasuredLog): string[] {
  const cost = { fixedMs, eventMs: 1000 / rate, events: eventsSimulated, seed };
  const rows = [0.1, 0.5, 0.8].flatMap((part) =>
    [1, 2, 4, 8].map((replicas): LockRow => {
      const offered = Math.round(rate * part);
      return { replicas, offered, ...simulateCommitLock({ ...cost, replicas, eventsPerSecond: offered }) };
    }),
  );
  return renderTable<LockRow>(
    [
      right('offered/s', ({ offered }) => formatNumber(offered)),
      right('replicas', ({ replicas }) => String(replicas)),
      right('stored/s', ({ eventsPerSecond }) => formatNumber(Math.round(eventsPerSecond))),
      right('a group', ({ eventsPerGroup }) => formatNumber(eventsPerGroup)),
      right('p50 ms', ({ p50Ms }) => formatNumber(p50Ms)),
      right('p99 ms', ({ p99Ms }) => formatNumber(p99Ms)),
    ],
    rows,
  );
}

interface PartitionRow extends PartitionLoad {
  readonly partitions: number;
  readonly topics: number;
  readonly exponent: number;
}

function partitionTable(): string[] {
  const rows = [0, 0.5, 1].flatMap((exponent) =>
    [1000, 100_000].flatMap((topics) =>
      [8, 32, 128].map((partitions): PartitionRow => {
        const figures = partitionLoad({ topics, partitions, exponent, trials, seed });
        return { partitions, topics, exponent, ...figures };
      }),
    ),
  );
  return renderTable<PartitionRow>(
    [
      right('Zipf', ({ exponent }) => String(exponent)),
      right('topics', ({ topics }) => formatNumber(topics)),
      right('partitions', ({ partitions }) => String(partitions)),
      right('used', ({ used }) => formatPercent(used)),
      right('worst', ({ usedWorst }) => formatPercent(usedWorst)),
      right('largest topic', ({ largestTopic }) => `${(largestTopic * 100).toFixed(1)}%`),
    ],
    rows,
  );
}

function largeTable(measured: MeasuredLog): string[] {
  const rows = [100_000, 300_000, 1_000_000].map((rate) => ({ rate, ...largeLog(rate, measured) }));
  return renderTable<(typeof rows)[number]>(
    [
      right('events/s', ({ rate }) => formatNumber(rate)),
      right('partitions', ({ partitions }) => formatNumber(partitions)),
      right('cores', ({ cores }) => formatNumber(cores)),
      right('in MB/s', ({ wireMbPerSecond }) => formatNumber(Math.round(wireMbPerSecond))),
      right('WAL MB/s', ({ walMbPerSecond }) => formatNumber(Math.round(walMbPerSecond))),
      right('stored TB/day', ({ storedTbPerDay }) => formatNumber(storedTbPerDay)),
      right('keys TB/day', ({ keysTbPerDay }) => formatNumber(keysTbPerDay)),
    ],
    rows,
  );
}
