import { describe, expect, it, onTestFinished } from 'vitest';
import type { AggregatorProcess } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { cutCallsOff, earlyAcknowledgement, kill, tellFigures, vacuousCycles } from './cycle-figures.ts';
import type { FaultCyclesReport } from './fault-cycles.ts';
import { type RestartCyclesOptions, runRestartCycles } from './restart-cycles.ts';

const killCycles = wholeNumber('KILL_CYCLES', 50);
const stopCycles = wholeNumber('STOP_CYCLES', 20);
const faultyCycles = 10;
/** Another seed is another order of repeats and other moments of the kill. */
const seed = wholeNumber('CYCLES_SEED', 20_261_121);
/** Five times what a cycle takes on two busy cores. */
const cycleTimeoutMs = 20_000;

describe('restart after restart on the same data', () => {
  it(
    `loses and repeats nothing in ${killCycles} cycles of kill -9 under load`,
    async () => {
      const report = await run('kill -9', { cycles: killCycles, end: kill });
      expect(report.violations).toEqual([]);
      expect(cutCallsOff(report)).toBe(true);
      expect(report.failureCodes).toEqual(['UNREACHABLE']);
    },
    killCycles * cycleTimeoutMs,
  );

  it(
    `loses and repeats nothing in ${stopCycles} cycles of SIGTERM under load, and exits with 0 each time`,
    async () => {
      const codes = new Set<number | null>();
      const end = async (aggregator: AggregatorProcess) => codes.add((await aggregator.end('SIGTERM')).code);
      const report = await run('SIGTERM', { cycles: stopCycles, end });
      expect(report.violations).toEqual([]);
      expect([...codes]).toEqual([0]);
    },
    stopCycles * cycleTimeoutMs,
  );

  it(
    `notices the losses of ${faultyCycles} cycles of kill -9 when the aggregator acknowledges before it commits`,
    async () => {
      const launch = { env: earlyAcknowledgement() };
      const report = await run('kill -9, acknowledging before the commit', { cycles: faultyCycles, end: kill, launch });
      const lossy = report.cycles.filter(({ lostEvents }) => lostEvents > 0);
      expect(lossy.length).toBeGreaterThan(faultyCycles / 2);
    },
    faultyCycles * cycleTimeoutMs,
  );
});

async function run(title: string, options: Omit<RestartCyclesOptions, 'folder' | 'seed'>): Promise<FaultCyclesReport> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const report = await runRestartCycles({ ...options, folder: folder.path, seed });
  tellFigures(title, report);
  expect(vacuousCycles(report)).toEqual([]);
  return report;
}

function wholeNumber(name: string, fallback: number): number {
  const value = Number(process.env[name] || fallback);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number from 1`);
  return value;
}
