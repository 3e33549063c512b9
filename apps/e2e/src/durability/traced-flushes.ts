// An aggregator under strace: how often it has told the disk to flush, as the kernel saw it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AggregatorProcess, launchAggregator, type LaunchOptions } from '../launch/aggregator-process.ts';

export interface TracedAggregator extends AggregatorProcess {
  /** Flushes that have ended well so far. strace writes its line before the flushing thread goes on. */
  flushes(): number;
}

/** Why strace cannot be used here; undefined when it can. */
export function straceMissing(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=none', 'true']);
  if (error) return 'it is not installed';
  return status === 0 ? undefined : `it may not trace here: ${String(stderr).trim()}`;
}

export async function launchTraced(folder: string, options: LaunchOptions): Promise<TracedAggregator> {
  const traceFile = join(folder, 'flushes.strace');
  // -D: the aggregator stays our own child, and its signals are its own.
  const wrapper = ['strace', '-D', '-f', '-qq', '-o', traceFile, '-e', 'trace=fsync,fdatasync'];
  const aggregator = await launchAggregator({ ...options, dataDir: join(folder, 'data'), wrapper });
  return {
    ...aggregator,
    // A call that another thread's line interrupts ends with "resumed>) = 0".
    flushes: () => readFileSync(traceFile, 'utf8').match(/\b(?:fsync|fdatasync)\b.*\)\s+= 0$/gm)?.length ?? 0,
  };
}
