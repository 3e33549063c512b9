// Runs the command in this process, with streams that are read back.
import { Readable } from 'node:stream';
import { run } from '@stricli/core';
import { createApplication, exitCodeOf } from '../application.ts';
import type { CliContext, InputStream, OutputStream } from '../cli-context.ts';
import { isForPrograms, wellOrdered } from '../global-flags.ts';

export interface CommandOptions {
  readonly stdin?: Readable;
  readonly columns?: number;
  readonly terminal?: boolean;
  readonly target?: string;
  readonly interrupted?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const {
    stdin,
    columns = 80,
    terminal = false,
    target,
    interrupted = new AbortController().signal,
    onOutput,
  } = options;
  const output = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr'): OutputStream => ({
    isTTY: terminal,
    columns,
    closed: false,
    once: () => {},
    written: async () => true,
    write(text) {
      output[name] += text;
      onOutput?.(text);
      return true;
    },
  });
  const env = target === undefined ? {} : { ONCELOG_TARGET: target };
  const input: InputStream = stdin ?? Object.assign(Readable.from([]), { isTTY: true });
  const process: CliContext['process'] = { stdout: stream('stdout'), stderr: stream('stderr'), env };
  await run(createApplication(isForPrograms(args)), wellOrdered(args), {
    process,
    env,
    stdin: input,
    stdinMayHoldContent: stdin !== undefined,
    interrupted,
  });
  return { exitCode: exitCodeOf(process.exitCode), ...output };
}
