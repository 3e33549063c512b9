// A server of somebody else's as a process of the test's own, which can be killed and started again where it was.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { areRunning, processFamily, signalEach } from './process-family.ts';

/** Far beyond the second that a start takes, recovery after a crash included. */
const startTimeoutMs = 30_000;
const probeEveryMs = 20;
const logKept = 4000;

/** Whom to run as: such servers refuse to be root's. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

export interface TestServer {
  readonly port: number;
  readonly pid: number;
  /** kill -9 for it and its children: a crash. Resolves when all of them are gone. */
  kill(): Promise<void>;
  /** SIGSTOP or SIGCONT for it and its children. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** After `kill`: on the same port, with what it had written. Resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly user: User;
  readonly folder: string;
  readonly port: number;
  /** Resolves when the server answers; a connection alone may come before. */
  readonly answers: () => Promise<boolean>;
}

export async function launchServer(command: ServerCommand): Promise<TestServer> {
  const { file, args, user, folder, port } = command;
  let child: ChildProcess | undefined;
  let log = '';

  async function start(): Promise<void> {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    // A group of its own: what a terminal signals is not meant for it.
    const started = spawn(file, args, { ...user, cwd: folder, stdio: [...stdio], detached: true });
    child = started;
    log = '';
    for (const output of [started.stdout, started.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-logKept)));
    }
    const failed = once(started, 'error').then(([error]) => Promise.reject(error as Error));
    await Promise.race([answering(started), failed]);
  }

  async function answering(started: ChildProcess): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (!(await command.answers())) {
      if (started.exitCode !== null) throw new Error(`${file} ended with ${started.exitCode}:\n${log}`);
      if (Date.now() > deadline) throw new Error(`${file} did not answer within ${startTimeoutMs} ms:\n${log}`);
      await pause();
    }
  }

  /** Stopped first, so that it starts no further child meanwhile. */
  function signalFamily(signal: NodeJS.Signals): readonly number[] {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return [];
    signalEach([child.pid], 'SIGSTOP');
    const family = processFamily(child.pid);
    signalEach(family, signal);
    return family;
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    const family = signalFamily('SIGKILL');
    await gone;
    while (areRunning(family)) await pause();
  }

  const killAtExit = () => void signalFamily('SIGKILL');
  process.once('exit', killAtExit);
  await start();
  return {
    port,
    get pid() {
      return child!.pid!;
    },
    kill,
    signal: (signal) => void signalFamily(signal),
    start,
    async stop() {
      process.off('exit', killAtExit);
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Before it is looked again whether a process is there, or gone. */
function pause(): Promise<void> {
  // clock: nobody tells of the processes of another program
  return new Promise((resolve) => setTimeout(resolve, probeEveryMs));
}

/** The first of these that the machine has, when this process is root; itself otherwise. */
export function userNamed(...names: readonly string[]): User {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of [...names, 'nobody']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return {};
}

export function folderOf(user: User, prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const searched = [...folders, ...(process.env['PATH'] ?? '').split(delimiter)];
  return searched.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
