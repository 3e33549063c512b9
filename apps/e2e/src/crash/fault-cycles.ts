// Load, a fault under it, again and again; then what is unknown is sent again, everything is read, and all is judged.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openHistory, readHistory } from './history.ts';
import { checkHistory, type Verdict } from './history-checker.ts';
import { acknowledgedCallsMin, type CycleReport, Load, type Strike } from './load.ts';
import { createRecordingReader } from './recording-reader.ts';
import { createSeededRandom } from './seeded-random.ts';

export interface FaultCyclesOptions {
  /** Takes the history. */
  readonly folder: string;
  readonly cycles: number;
  readonly seed: number;
  /** Where clients publish, each at one of them; the log is read through the first and, over REST, the last. */
  readonly targets: readonly string[];
  readonly strike: Strike;
  /** After each cycle, with nobody publishing: resolves when the log can be read. */
  readonly restore?: (isLast: boolean) => Promise<unknown>;
  /** Behind a broker: resolves when it holds nothing any more. */
  readonly settle?: () => Promise<unknown>;
}

export interface FaultCyclesReport extends Verdict {
  readonly cycles: readonly CycleReport[];
  /** Why calls failed: what a client is told when its server goes away. */
  readonly failureCodes: readonly string[];
  readonly seconds: number;
}

export async function runFaultCycles(options: FaultCyclesOptions): Promise<FaultCyclesReport> {
  const { folder, cycles, seed, targets, strike, restore, settle } = options;
  const startMs = performance.now();
  const historyFolder = join(folder, 'history');
  mkdirSync(historyFolder);
  const load = new Load(createSeededRandom(seed), historyFolder);
  const write = openHistory(historyFolder, 'reader');
  const reader = await createRecordingReader({ target: targets[0]!, restTarget: targets.at(-1)!, write });
  try {
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      await load.runCycle(targets, cycle, strike);
      await restore?.(cycle === cycles);
      await reader.readStats();
      await reader.readNewest();
    }
    await load.resendUnknown(targets[0]!);
    if (settle) {
      await settle();
      write({ kind: 'settled', atMs: performance.now() });
    }
    await reader.readStats();
    await reader.readAll();
  } finally {
    reader.close();
  }
  const verdict = checkHistory(readHistory(historyFolder), { acknowledgedCallsMin: cycles * acknowledgedCallsMin });
  const seconds = (performance.now() - startMs) / 1000;
  return { ...verdict, cycles: load.cycleReports(verdict), failureCodes: [...load.failureCodes].sort(), seconds };
}
