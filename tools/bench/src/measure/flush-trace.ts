// Counts the flushes to disk of running processes. It slows them down, so that it is a round of its own.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lifetime } from '../run/lifetime.ts';
import { familyOf } from './process-figures.ts';

const attachTimeoutMs = 10_000;

export interface FlushTrace {
  /** Lets the processes go, and tells how often they flushed. */
  stop(): Promise<number>;
}

/** Why flushes cannot be counted here; undefined when they can. */
export function flushTraceObstacle(): string | undefined {
  const { error, status } = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'trace=none', 'true']);
  if (error) return 'strace is not installed';
  return status === 0 ? undefined : 'strace may not trace here';
}

export async function traceFlushes(roots: readonly number[], lifetime: Lifetime): Promise<FlushTrace> {
  const file = join(lifetime.folder('trace'), 'flushes');
  const pids = roots.flatMap(familyOf);
  const attach = pids.flatMap((each) => ['-p', String(each)]);
  const strace = lifetime.spawn('strace', ['-f', '-o', file, '-e', 'trace=fsync,fdatasync', ...attach]);
  const ended = once(strace, 'exit');
  await attached(strace, pids.length);
  return {
    async stop() {
      strace.kill('SIGINT');
      await ended;
      return countFlushes(readFileSync(file, 'utf8'));
    },
  };
}

/** A call that another thread's line interrupts ends with "resumed>) = 0". */
export function countFlushes(trace: string): number {
  return trace.match(/\b(?:fsync|fdatasync)\b.*\)\s+= 0$/gm)?.length ?? 0;
}

function attached(strace: ChildProcess, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(() => reject(new Error(`strace did not attach:\n${output}`)), attachTimeoutMs);
    strace.once('exit', () => reject(new Error(`strace ended:\n${output}`)));
    strace.stderr!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if ((output.match(/ attached/g)?.length ?? 0) < count) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
