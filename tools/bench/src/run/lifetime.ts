// Everything a run starts and leaves lying about, so that all of it ends with the run, however the run ends.
import { type ChildProcess, fork, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server that somebody else has started, with its files. */
export interface KeptServer {
  stop(): Promise<void>;
}

/** A server that has not ended by then is killed. */
const endTimeoutMs = 5000;
const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;

export class Lifetime {
  readonly #children = new Set<ChildProcess>();
  readonly #folders = new Set<string>();
  readonly #servers = new Set<KeptServer>();
  #ending = false;

  /** What fails from then on fails because of it. */
  get ending(): boolean {
    return this.#ending;
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    this.#refuseWhenEnding();
    return this.#keep(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }));
  }

  /** With collectable garbage, so that what was made before the clock started is not cleaned up on the clock. */
  fork(file: URL): ChildProcess {
    this.#refuseWhenEnding();
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    return this.#keep(fork(file, { serialization: 'advanced', execArgv: ['--expose-gc'], stdio: [...stdio] }));
  }

  /** Servers may be stopped before, by whoever asked for them. */
  async keep<Server extends KeptServer>(start: () => Promise<Server>): Promise<Server> {
    this.#refuseWhenEnding();
    const server = await start();
    this.#servers.add(server);
    if (this.#ending) await server.stop();
    this.#refuseWhenEnding();
    return server;
  }

  /** Open to other users: servers that refuse to be root keep their data in it. */
  folder(name: string): string {
    this.#refuseWhenEnding();
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
    this.#ending = true;
    await Promise.all([...this.#children].map((child) => this.endChild(child)));
    await Promise.all([...this.#servers].map((server) => server.stop()));
    this.endNow();
  }

  /** For the last moment of a process, which cannot wait. */
  endNow(): void {
    this.#ending = true;
    for (const child of this.#children) child.kill('SIGKILL');
    for (const folder of this.#folders) rmSync(folder, removal);
    this.#folders.clear();
  }

  #refuseWhenEnding(): void {
    if (this.#ending) throw new Error('the run is ending');
  }

  #keep(child: ChildProcess): ChildProcess {
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }
}

/** Does the work, and ends what it started on every way out of this process, Ctrl-C included. */
export async function withLifetime<Result>(work: (lifetime: Lifetime) => Promise<Result>): Promise<Result> {
  const lifetime = new Lifetime();
  const stop = (signal: NodeJS.Signals) => {
    process.stderr.write(`\n${signal}: ending what was started\n`);
    void lifetime.end().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  const exit = () => lifetime.endNow();
  process.once('SIGINT', stop).once('SIGTERM', stop).once('exit', exit);
  try {
    return await work(lifetime);
  } catch (error) {
    // What fails because of the signal is not worth telling: the process ends in a moment.
    if (lifetime.ending) await new Promise<never>(() => undefined);
    throw error;
  } finally {
    await lifetime.end();
    process.off('SIGINT', stop).off('SIGTERM', stop).off('exit', exit);
  }
}
