// Load, an end of the process, a restart on the same data directory and port, again and again; then all is judged.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { stablePort } from '../launch/stable-port.ts';
import { openHistory, readHistory } from './history.ts';
import { checkHistory, type Verdict } from './history-checker.ts';
import { acknowledgedCallsMin, type CycleReport, type EndAggregator, Load } from './load.ts';
import { createRecordingReader } from './recording-reader.ts';
import { createSeededRandom } from './seeded-random.ts';

export interface RestartCyclesOptions {
  /** Holds the data directory and the history. */
  readonly folder: string;
  readonly cycles: number;
  readonly seed: number;
  readonly end: EndAggregator;
  /** For the aggregators that are ended; the last one, that is read, is as shipped. */
  readonly launch?: LaunchOptions;
}

export interface RestartCyclesReport extends Verdict {
  readonly cycles: readonly CycleReport[];
  /** Why calls failed: what a client is told when its server goes away. */
  readonly failureCodes: readonly string[];
  readonly seconds: number;
}

export async function runRestartCycles(options: RestartCyclesOptions): Promise<RestartCyclesReport> {
  const { folder, cycles, seed, end, launch = {} } = options;
  const startMs = performance.now();
  const dataDir = join(folder, 'data');
  const historyFolder = join(folder, 'history');
  mkdirSync(historyFolder);
  const load = new Load(createSeededRandom(seed), historyFolder);

  const port = await stablePort();
  let aggregator = await launchAggregator({ ...launch, dataDir, port });
  const { target } = aggregator;
  const reader = await createRecordingReader(target, openHistory(historyFolder, 'reader'));
  try {
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      await load.runUntilEnded(aggregator, cycle, end);
      aggregator = await launchAggregator({ ...(cycle < cycles ? launch : {}), dataDir, port });
      await reader.readStats();
      await reader.readNewest();
    }
    await load.resendUnknown(target);
    await reader.readStats();
    await reader.readAll();
  } finally {
    reader.close();
    await aggregator.end('SIGTERM');
  }

  const verdict = checkHistory(readHistory(historyFolder), { acknowledgedCallsMin: cycles * acknowledgedCallsMin });
  const seconds = (performance.now() - startMs) / 1000;
  return { ...verdict, cycles: load.cycleReports(verdict), failureCodes: [...load.failureCodes].sort(), seconds };
}
