// The workspace as the checks see it: its root, its files and the tools that npm installed in it.
import { execFileSync, type StdioOptions } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const workspaceRoot: string = resolve(import.meta.dirname, '../..');

/** A listing of all files is 10 kB now; what a failing tool says must never be cut. */
export const outputBytesMax = 64 * 1024 * 1024;

export interface Manifest {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdio?: StdioOptions;
}

/** Runs a program of node_modules/.bin or of the system; throws with its output when it fails. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  return execFileSync(command, args, {
    cwd: workspaceRoot,
    env: toolEnvironment(),
    encoding: 'utf8',
    maxBuffer: outputBytesMax,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
}

/**
 * The environment for a tool: npm's programs first on the PATH, and without what Nx and git tell the processes they
 * start, which would make a nested nx or git work on the workspace and the index of its caller.
 */
export function toolEnvironment(root: string = workspaceRoot): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NX_|GIT_|VITEST)/.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: join(root, 'node_modules/.bin') + delimiter + (process.env['PATH'] ?? ''),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
}

/** Every file that is or would be committed, relative to the root: tracked, and new but not ignored. */
export function workspaceFiles(root: string = workspaceRoot): string[] {
  const listed = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(join(root, file))).toSorted();
}

export function readManifest(folder: string, root: string = workspaceRoot): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}

export function readScripts(folder: string): Readonly<Record<string, string>> {
  return readManifest(folder).scripts ?? {};
}

export function declaredIn({ dependencies, devDependencies, optionalDependencies }: Manifest): string[] {
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
}
