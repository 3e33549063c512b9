// A program of the project run from start to end, as somebody at a shell would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './clean-environment.ts';

export const aggregatorMain = fileOf('../../../aggregator/src/main.ts');
export const publisherMain = fileOf('../../../publisher/src/main.ts');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Ends it with SIGKILL. */
  readonly signal?: AbortSignal;
}

export function runNode(main: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return runProgram(process.execPath, [main, ...args], options);
}

export async function runProgram(
  command: string,
  args: readonly string[],
  { env = {}, cwd = process.cwd(), signal: abort }: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, { cwd, env: cleanEnvironment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  if (abort?.aborted) end();
  abort?.addEventListener('abort', end, { once: true });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  abort?.removeEventListener('abort', end);
  return { code, signal, stdout, stderr };
}

function fileOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
