// Servers of this workspace as processes: started on a free port, ready when they say where they listen.
import { fileURLToPath } from 'node:url';
import type { ChildProcess } from 'node:child_process';
import type { Lifetime } from '../run/lifetime.ts';
import { collectOutput } from './program.ts';

const startTimeoutMs = 60_000;

export interface NodeServer {
  readonly child: ChildProcess;
  readonly pid: number;
  /** http://host:port */
  readonly url: string;
  /** host:port */
  readonly address: string;
}

export async function startNodeServer(lifetime: Lifetime, file: URL, args: readonly string[]): Promise<NodeServer> {
  const child = lifetime.spawn(process.execPath, [fileURLToPath(file), ...args], { env: cleanEnvironment() });
  const output = collectOutput(child);
  const url = await listeningUrl(child, output);
  return { child, pid: child.pid!, url, address: new URL(url).host };
}

function listeningUrl(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`${child.spawnargs.slice(1, 2).join()} ${what}:\n${output()}`));
    const timer = setTimeout(() => fail(`does not listen after ${startTimeoutMs} ms`), startTimeoutMs);
    child.once('exit', (code, signal) => fail(`ended with ${signal ?? code}`));
    child.stdout!.on('data', () => {
      const url = /(?:listens on|works for the broker; see) (http:\/\/[^/\s]+)/.exec(output())?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

/** Without settings that are meant for somebody else's aggregator. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ONCELOG_')));
}
