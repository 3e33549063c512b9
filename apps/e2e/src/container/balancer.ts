// The balancer of the compose file as a process, with its own configuration: only addresses are the test's.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stablePort } from '@oncelog/testing';
import { hasTool } from '../launch/required-tool.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { workspaceRoot } from './compose-file.ts';
import { startNameServer } from './name-server.ts';

const configurationFile = join(workspaceRoot, 'deploy/haproxy.cfg');

/** Far beyond the second that it takes to find or miss a replica. */
const patienceMs = 15_000;
/** Where Debian installs it; not every user's path leads there. */
const path = `${process.env['PATH']}:/usr/sbin`;

export interface Balancer extends AsyncDisposable {
  /** host:port of the one address. */
  readonly target: string;
  readonly url: string;
  /** Resolves when it next writes this to its log. */
  logs(words: string): Promise<void>;
  /** What the name of all replicas stands for from now on. */
  rename(hosts: readonly string[]): void;
}

export interface Replicas {
  /** Each of an address of its own, all on one port, as containers are. */
  readonly hosts: readonly string[];
  readonly port: number;
}

export function hasHaproxy(): boolean {
  return hasTool('haproxy', missingHaproxy());
}

/** Resolves when it has found all of them. */
export async function startBalancer({ hosts, port }: Replicas): Promise<Balancer> {
  const names = await startNameServer('replica', hosts);
  const folder = temporaryFolder();
  const own = await stablePort();
  const file = join(folder.path, 'haproxy.cfg');
  writeFileSync(file, withAddresses({ own, replicas: port, names: names.port }));
  chmodSync(folder.path, 0o755);
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn('haproxy', ['-W', '-db', '-f', file], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  let [log, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));

  async function logs(words: string, times = 1): Promise<void> {
    const [seen, signal] = [log.length, AbortSignal.timeout(patienceMs)];
    while (log.slice(seen).split(words).length <= times) {
      await once(child.stdout, 'data', { signal }).catch(() => {
        throw new Error(`haproxy did not log "${words}" ${times} times:\n${log}${errors}`);
      });
    }
  }

  await logs('administratively READY', hosts.length);
  return {
    target: `127.0.0.1:${own}`,
    url: `http://127.0.0.1:${own}`,
    logs,
    rename(renamed) {
      names.addresses = renamed;
    },
    async [Symbol.asyncDispose]() {
      await ended(child);
      await names[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

function missingHaproxy(): string | undefined {
  try {
    execFileSync('haproxy', ['-v'], { env: { PATH: path }, stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no haproxy is installed (apt-get install haproxy)';
  }
}

/** Every replacement must find its line, else the test would be of something else. */
function withAddresses({ own, replicas, names }: Record<'own' | 'replicas' | 'names', number>): string {
  const changes: [string, string][] = [
    ['bind :8080', `bind 127.0.0.1:${own}`],
    ['parse-resolv-conf', `nameserver test 127.0.0.1:${names}`],
    ['replica:8080', `replica:${replicas}`],
  ];
  return changes.reduce(
    (text, [from, to]) => {
      if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand once in ${configurationFile}`);
      return text.replace(from, to);
    },
    readFileSync(configurationFile, 'utf8'),
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
