// What a command may touch of the world: handed in, so that tests run commands in their own process.
import type { Readable } from 'node:stream';
import type { CommandContext } from '@stricli/core';

export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Its reader is gone, or it cannot be written to: what is written is lost. */
  readonly closed: boolean;
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  /** Resolves when the system has taken all that was written so far; false when it is lost. */
  written(): Promise<boolean>;
  getColorDepth?(env?: Readonly<Partial<Record<string, string>>>): number;
}

export interface InputStream extends Readable {
  readonly isTTY?: boolean;
}

export interface CliContext extends CommandContext {
  readonly process: {
    readonly stdout: OutputStream;
    readonly stderr: OutputStream;
    readonly env: Readonly<Partial<Record<string, string>>>;
    exitCode?: number | string | null;
  };
  readonly env: Readonly<Partial<Record<string, string>>>;
  readonly stdin: InputStream;
  /** A pipe or a file: what comes through it ends. */
  readonly stdinMayHoldContent: boolean;
  /** Aborted by Ctrl-C: finish what was begun, begin nothing new. */
  readonly interrupted: AbortSignal;
}

/** Resolves when the stream takes more, so that a slow reader slows the command down instead of filling its memory. */
export async function write(stream: OutputStream, text: string): Promise<void> {
  if (!stream.write(text)) await new Promise<void>((resolve) => void stream.once('drain', resolve));
}
