// Everything a run starts and leaves lying about, so that all of it ends with the run, however the run ends.
import { type ChildProcess, fork, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that has not ended by then is killed. */
const endTimeoutMs = 5000;
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

export class Lifetime {
  readonly #children = new Set<ChildProcess>();
  readonly #folders = new Set<string>();

  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return this.#keep(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }));
  }

  /** With collectable garbage, so that what was made before the clock started is not cleaned up on the clock. */
  fork(file: URL, args: readonly string[] = []): ChildProcess {
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    return this.#keep(fork(file, args, { serialization: 'advanced', execArgv: ['--expose-gc'], stdio: [...stdio] }));
  }

  /** Open to other users: servers that refuse to be root keep their data in it. */
  folder(name: string): string {
    const path = mkdtempSync(join(tmpdir(), `oncelog-bench-${name}-`));
    chmodSync(path, 0o755);
    this.#folders.add(path);
    return path;
  }

  removeFolder(path: string): void {
    rmSync(path, removal);
    this.#folders.delete(path);
  }

  /** Lets a child end in order, and makes sure that it has. */
  async endChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), endTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.endChild(child)));
    this.endNow();
  }

  /** For the last moment of a process, which cannot wait. */
  endNow(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    for (const folder of this.#folders) rmSync(folder, removal);
    this.#folders.clear();
  }

  #keep(child: ChildProcess): ChildProcess {
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }
}

/** Ends it on every way out of this process, Ctrl-C included. Returns what takes this back. */
export function endWithProcess(lifetime: Lifetime): () => void {
  const stop = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${signal}: ending what was started\n`);
    void lifetime.end().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  const exit = () => lifetime.endNow();
  process.once('SIGINT', stop).once('SIGTERM', stop).once('exit', exit);
  return () => process.off('SIGINT', stop).off('SIGTERM', stop).off('exit', exit);
}
