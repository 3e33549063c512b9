// Lines that are written as they come when they come one by one, and together when they come in bulk.
import { type OutputStream, write } from './cli-context.ts';

export class LineOutput {
  readonly #stream: OutputStream;
  readonly #onLost: () => void;
  #text = '';
  #flushing: NodeJS.Immediate | undefined;
  /** Pending while the stream takes no more. */
  #written: Promise<void> = Promise.resolve();

  /** `onLost` is told when what was written is lost: whoever waits for the next line may wait for ever. */
  constructor(stream: OutputStream, onLost: () => void = () => {}) {
    this.#stream = stream;
    this.#onLost = onLost;
  }

  /** Written before the process waits for anything. Resolves when there is room for more. */
  async add(line: string): Promise<void> {
    await this.#written;
    this.#text += `${line}\n`;
    // A batch of events is handed out without waiting: all of its lines are there before this runs.
    this.#flushing ??= setImmediate(() => void this.flush());
  }

  flush(): Promise<void> {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const text = this.#text;
    this.#text = '';
    if (text === '') return this.#written;
    this.#written = write(this.#stream, text);
    void this.#stream.written().then((taken) => taken || this.#onLost());
    return this.#written;
  }
}
