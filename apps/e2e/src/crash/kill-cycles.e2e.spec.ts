import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { cutCallsOff, earlyAcknowledgement, kill, tellFigures, vacuousCycles } from './cycle-figures.ts';
import { runRestartCycles } from './restart-cycles.ts';

/** A taste of the fifty that `npm run test:faults` runs. */
const cycles = 5;
const faultyCycles = 3;
const seed = 1;
const timeoutMs = 120_000;

describe('an aggregator that is killed with kill -9 under load', () => {
  it(
    'loses nothing it has acknowledged and stores nothing twice',
    async () => {
      const report = await runRestartCycles({ folder: folderOfTest(), cycles, seed, end: kill });
      tellFigures('kill -9', report);
      expect(report.violations).toEqual([]);
      expect(vacuousCycles(report)).toEqual([]);
      expect(cutCallsOff(report)).toBe(true);
      expect(report.counts.duplicates).toBeGreaterThan(0);
      expect(report.counts.conflicts).toBeGreaterThan(0);
      expect(report.failureCodes).toEqual(['UNREACHABLE']);
    },
    timeoutMs,
  );

  it(
    'is caught when it acknowledges before it commits',
    async () => {
      const launch = { env: earlyAcknowledgement() };
      const report = await runRestartCycles({ folder: folderOfTest(), cycles: faultyCycles, seed, end: kill, launch });
      tellFigures('kill -9, acknowledging before the commit', report);
      expect(vacuousCycles(report)).toEqual([]);
      expect(report.violations.map(({ check }) => check)).toContain('lost');
    },
    timeoutMs,
  );
});

function folderOfTest(): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.path;
}
