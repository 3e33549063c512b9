// Servers of others as programs on this machine: where they are, whom they run as, when they listen.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const listenTimeoutMs = 20_000;
const listenPollMs = 20;
/** Where Debian keeps servers that it does not put on the PATH. */
const otherFolders = ['/usr/sbin', '/usr/local/sbin', ...postgresFolders()];

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...otherFolders];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The first line of what it says to `--version`. */
export function versionOf(program: string): string {
  return (spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '').split('\n')[0]!.trim();
}

export function versionOfPackage(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`${name} is not installed`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
}

/** Whom to become when this is root, which servers refuse to be: the first who exists. Empty for everybody else. */
export function unprivileged(...names: string[]): User | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of [...names, 'nobody']) {
    const user = users.find(([each]) => each === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  return {};
}

export function giveTo(user: ReturnType<typeof unprivileged>, path: string): void {
  if (user.uid !== undefined) chownSync(path, user.uid, user.gid);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when the port takes connections; rejects with what the program wrote when it ends before. */
export async function listening(child: ChildProcess, port: number): Promise<void> {
  const output = collectOutput(child);
  const deadline = performance.now() + listenTimeoutMs;
  while (!(await takesConnections(port))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output()}`);
    if (performance.now() > deadline) throw new Error(`it does not listen on port ${port}:\n${output()}`);
    await delay(listenPollMs);
  }
}

/** The end of what it writes; read in any case, or a full pipe would hold the server up. */
export function collectOutput(child: ChildProcess): () => string {
  const charactersKept = 4000;
  let output = '';
  const collect = (text: string) => (output = (output + text).slice(-charactersKept));
  child.stdout?.setEncoding('utf8').on('data', collect);
  child.stderr?.setEncoding('utf8').on('data', collect);
  return () => output;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).toSorted((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin'));
}
