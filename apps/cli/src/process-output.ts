// The output streams of the process: their reader may leave, and what they are written to may be full.
import type { OutputStream } from './cli-context.ts';

/** Told in one line: the place is the user's, so that no stack trace helps. */
export class OutputFailure extends Error {}

export class ProcessOutput implements OutputStream {
  readonly #stream: NodeJS.WriteStream;
  #failure: NodeJS.ErrnoException | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    // Unheard, it would end the process in the middle of what it is doing.
    stream.on('error', (error) => (this.#failure ??= error));
  }

  get isTTY(): boolean {
    return this.#stream.isTTY ?? false;
  }

  get columns(): number {
    return this.#stream.columns;
  }

  get closed(): boolean {
    return this.#failure !== undefined;
  }

  getColorDepth(env?: object): number {
    return this.#stream.getColorDepth?.(env) ?? 1;
  }

  write(text: string): boolean {
    return this.closed || this.#stream.write(text);
  }

  /** A stream that has failed drains no more: who waits for it must not wait for ever. */
  once(_event: 'drain', listener: () => void): void {
    if (this.closed) return listener();
    const done = () => {
      this.#stream.off('drain', done).off('error', done);
      listener();
    };
    this.#stream.once('drain', done).once('error', done);
  }

  async written(): Promise<boolean> {
    if (!this.closed) await new Promise<void>((resolve) => void this.#stream.write('', () => resolve()));
    return !this.closed;
  }

  /** Resolves when all is written. A reader that has seen enough, such as head, is no failure. */
  async finish(): Promise<OutputFailure | undefined> {
    await this.written();
    if (!this.#failure || this.#failure.code === 'EPIPE') return undefined;
    return new OutputFailure(`cannot write to standard output: ${this.#failure.message}`);
  }
}
