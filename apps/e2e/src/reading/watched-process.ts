// A program as a real process whose output is looked at while it runs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { cleanEnvironment } from '../launch/clean-environment.ts';

export const cliMain = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class WatchedProcess {
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #text = { stdout: '', stderr: '' };
  #onOutput = () => {};

  constructor(main: string, target: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [main, ...args], {
      env: cleanEnvironment({ ONCELOG_TARGET: target }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]!.setEncoding('utf8').on('data', (text: string) => {
        this.#text[name] += text;
        this.#onOutput();
      });
    }
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  get stderr(): string {
    return this.#text.stderr;
  }

  /** Whole ones. */
  get lines(): string[] {
    return this.#text.stdout.split('\n').slice(0, -1);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** For loops that wait for it: one that has ended would be waited for in vain. */
  assertRunning(): void {
    if (this.#child.exitCode !== null)
      throw new Error(`the program ended with ${this.#child.exitCode}:\n${this.stderr}`);
  }

  /** Resolves when what has been written so far is enough; rejects when the process ends before. */
  async when(isEnough: (process: this) => boolean): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.#onOutput = () => isEnough(this) && resolve();
      this.#onOutput();
    });
    const ended = async () => {
      const { code } = await this.exited;
      if (!isEnough(this)) throw new Error(`the program ended with ${code} before that:\n${this.stderr}`);
    };
    await Promise.race([enough, ended()]);
  }
}
