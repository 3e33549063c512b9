// One aggregator that is ended under load and started again on the same data directory and port, again and again.
import { join } from 'node:path';
import { stablePort } from '@oncelog/testing';
import { type AggregatorProcess, launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';
import { type FaultCyclesOptions, type FaultCyclesReport, runFaultCycles } from './fault-cycles.ts';

export type EndAggregator = (aggregator: AggregatorProcess) => Promise<unknown>;

export interface RestartCyclesOptions extends Pick<FaultCyclesOptions, 'cycles' | 'seed'> {
  /** Holds the data directory and the history. */
  readonly folder: string;
  readonly end: EndAggregator;
  /** For the aggregators that are ended; the last one, that is read, is as shipped. */
  readonly launch?: LaunchOptions;
}

export async function runRestartCycles(options: RestartCyclesOptions): Promise<FaultCyclesReport> {
  const { folder, cycles, seed, end, launch = {} } = options;
  const dataDir = join(folder, 'data');
  const port = await stablePort();
  let aggregator = await launchAggregator({ ...launch, dataDir, port });
  try {
    return await runFaultCycles({
      folder,
      cycles,
      seed,
      targets: [aggregator.target],
      strike: () => end(aggregator),
      async restore(isLast) {
        aggregator = await launchAggregator({ ...(isLast ? {} : launch), dataDir, port });
      },
    });
  } finally {
    await aggregator.end('SIGTERM');
  }
}
