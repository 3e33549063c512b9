// How far a copy has come, redrawn on one line of a terminal.
import type { CopyProgress } from '@oncelog/log-copy';
import { type CliContext, write } from './cli-context.ts';
import { withProgressBar } from './progress-bar.ts';

/** A line that changes faster than this cannot be read. */
const redrawMs = 100;

const columnsDefault = 80;

export class CopyProgressBar {
  readonly #context: CliContext;
  readonly #shown: boolean;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #last: CopyProgress | undefined;

  constructor(context: CliContext, json: boolean) {
    this.#context = context;
    this.#shown = !json && (context.process.stderr.isTTY ?? false);
  }

  /** Where it was when it was last heard of. */
  get last(): CopyProgress | undefined {
    return this.#last;
  }

  readonly onProgress = (progress: CopyProgress): void => {
    const another = progress.step !== this.#last?.step;
    this.#last = progress;
    const nowMs = performance.now();
    if (!this.#shown || (!another && nowMs - this.#drawnAtMs < redrawMs)) return;
    this.#drawnAtMs = nowMs;
    const { step, done, total } = progress;
    const { stderr } = this.#context.process;
    const text = `${step} ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')} events`;
    const line = withProgressBar(total === 0 ? 1 : done / total, text, stderr.columns ?? columnsDefault);
    stderr.write(`\r\u001b[K${line}`);
  };

  async clear(): Promise<void> {
    if (this.#shown && this.#last) await write(this.#context.process.stderr, '\r\u001b[K');
  }
}
