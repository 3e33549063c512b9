import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { acknowledgedCallsMin, type EndAggregator } from './load.ts';
import { type RestartCyclesReport, runRestartCycles } from './restart-cycles.ts';

/** Eight take about fifteen seconds. `npm run test:faults` runs fifty. */
const cycles = Number(process.env['KILL_CYCLES'] ?? 8);
const seed = Number(process.env['KILL_SEED'] ?? 1);
const negativeCycles = 4;
const cycleMaxMs = 20_000;

const kill: EndAggregator = (aggregator) => aggregator.end('SIGKILL');
const earlyAcknowledgement = new URL('./early-acknowledgement.ts', import.meta.url).href;

describe('an aggregator that is killed with kill -9 under load', () => {
  it(
    'loses nothing it has acknowledged and stores nothing twice',
    async () => {
      const report = await runRestartCycles({ folder: folderOfTest(), cycles, seed, end: kill });
      tell(`${cycles} kills`, report);
      expect(report.violations).toEqual([]);
      expect(report.cycles.map(provesSomething)).toEqual(Array.from({ length: cycles }, () => true));
      expect(report.counts.duplicates).toBeGreaterThan(0);
      expect(report.counts.conflicts).toBeGreaterThan(0);
      expect(report.failureCodes).toEqual(['UNREACHABLE']);
    },
    cycles * cycleMaxMs,
  );

  it(
    'is caught when it acknowledges before it commits',
    async () => {
      const launch = { env: { NODE_OPTIONS: `--import=${earlyAcknowledgement}` } };
      const report = await runRestartCycles({ folder: folderOfTest(), cycles: negativeCycles, seed, end: kill, launch });
      tell(`${negativeCycles} kills, acknowledging before the commit`, report);
      expect(report.cycles.map(provesSomething)).toEqual(Array.from({ length: negativeCycles }, () => true));
      expect(report.violations.map(({ check }) => check)).toContain('lost');
    },
    negativeCycles * cycleMaxMs,
  );
});

function folderOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.path;
}

function provesSomething({ acknowledgedCalls, cutCalls }: RestartCyclesReport['cycles'][number]): boolean {
  return acknowledgedCalls >= acknowledgedCallsMin && cutCalls > 0;
}

/** The figures, for whoever reads the output of the run. */
function tell(title: string, { counts, cycles: reports, violations, seconds }: RestartCyclesReport): void {
  const lost = reports.map(({ lostEvents }) => lostEvents);
  const sum = lost.reduce((total, events) => total + events, 0);
  process.stdout.write(
    `${title}, ${seconds.toFixed(1)} s: ${counts.acknowledgedCalls} calls with ${counts.acknowledgedEvents} events ` +
      `acknowledged (${counts.duplicates} repeats, ${counts.conflicts} conflicts), ${counts.failedCalls} calls cut off, ` +
      `${counts.storedEvents} events stored; lost ${sum} in ${lost.filter((events) => events > 0).length} cycles; ` +
      `${violations.length} violations\n`,
  );
}
