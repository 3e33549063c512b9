// The aggregator as a real process on a free port, as an operator would run it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './clean-environment.ts';

const mainFile = fileURLToPath(new URL('../../../aggregator/src/main.ts', import.meta.url));

/** Far beyond the second that a start takes: only a broken start reaches it. */
const startTimeoutMs = 30_000;

export interface AggregatorProcess {
  readonly url: string;
  /** host:port, as gRPC clients take it. */
  readonly target: string;
  readonly port: number;
  readonly pid: number;
  /** Everything written to standard error so far: the structured log. */
  log(): string;
  /** Closes the reading ends of its standard output and error. */
  hangUp(): void;
  /** Sends the signal and resolves when the process is gone. */
  end(signal: NodeJS.Signals): Promise<Exit>;
  /** Resolves when the process is gone, for whatever reason. */
  readonly exited: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** Of a SQLite store. */
  readonly dataDir?: string;
  /** A database; without it and without a directory, the store is in memory. */
  readonly store?: string;
  /** 0, the default, takes a free port; a restart names the one it had. */
  readonly port?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command line to run the process under, such as strace and its options. */
  readonly wrapper?: readonly string[];
}

/** Resolves when the aggregator listens; rejects with its log when it ends before. */
export async function launchAggregator(options: LaunchOptions = {}): Promise<AggregatorProcess> {
  const { dataDir, store = 'memory', port = 0, args = [], env = {}, wrapper = [] } = options;
  const place = dataDir === undefined ? ['--store', store] : ['--data-dir', dataDir];
  const [command, ...rest] = [...wrapper, process.execPath, mainFile, '--port', String(port), ...place, ...args];
  const child = spawn(command!, rest, { env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });

  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(child, 'exit').then(([code, signal]): Exit => ({ code, signal }));
  const url = await listeningUrl(child, exited, () => log);
  const { hostname, port: listening } = new URL(url);
  return {
    url,
    target: `${hostname}:${listening}`,
    port: Number(listening),
    pid: child.pid!,
    log: () => log,
    hangUp() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    exited,
    end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

async function listeningUrl(child: ChildProcess, exited: Promise<Exit>, log: () => string): Promise<string> {
  let output = '';
  const listening = new Promise<string>((resolve) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const url = /(?:listens on|works for the broker; see) (http:\/\/[^/\s]+)[/\s]/.exec(output)?.[1];
      if (url) resolve(url);
    });
  });
  const ended = exited.then(({ code, signal }) => {
    throw new Error(`the aggregator ended with ${signal ?? code} before it listened:\n${log()}`);
  });
  const late = new Promise<never>((_, reject) => {
    setTimeout(
      () => reject(new Error(`the aggregator did not listen within ${startTimeoutMs} ms:\n${log()}`)),
      startTimeoutMs,
    ).unref();
  });
  return Promise.race([listening, ended, late]);
}
