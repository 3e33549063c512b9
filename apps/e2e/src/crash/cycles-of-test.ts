// Fault cycles as a spec runs them: in a folder of the test's own, with their figures told, and none of them vacuous.
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { tellFigures, vacuousCycles } from './cycle-figures.ts';
import { type FaultCyclesOptions, type FaultCyclesReport, runFaultCycles } from './fault-cycles.ts';

const seed = 20_261_121;

export async function cyclesOfTest(
  title: string,
  options: Omit<FaultCyclesOptions, 'folder' | 'seed'>,
): Promise<FaultCyclesReport> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const report = await runFaultCycles({ ...options, folder: folder.path, seed });
  tellFigures(title, report);
  expect(vacuousCycles(report)).toEqual([]);
  return report;
}
