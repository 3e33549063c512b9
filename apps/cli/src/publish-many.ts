// Publishing a file or a pipe: batch by batch, in order to its end or to an interruption.
import type { CliContext } from './cli-context.ts';
import { withClient } from './connection.ts';
import { contentId } from './content-id.ts';
import type { GlobalFlags } from './global-flags.ts';
import { publishBatch } from './publish-batch.ts';
import { type Item, itemsOfFile, itemsOfLines } from './publish-input.ts';
import { PublishResults } from './publish-results.ts';
import { UsageError } from './usage-error.ts';

/** A pipe outlives a restart of the aggregator: losing what it carries is worse than waiting. */
const pipeRetryMs = 60_000;

/** After an interruption what was read gets this long to be confirmed: a pipe does not hand it out again. */
const confirmGraceMs = 2000;

const interruptedExitCode = 130;

export interface ManyFlags extends GlobalFlags {
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly file?: string | undefined;
}

export async function publishMany(context: CliContext, flags: ManyFlags, topic: string | undefined): Promise<void> {
  const { file, source } = flags;
  const { interrupted } = context;
  const settings = { topic, source, idFromContent: flags.id === contentId, interrupted };
  const batches = file === undefined ? itemsOfLines(context.stdin, settings) : itemsOfFile(file, settings);
  const results = new PublishResults(context, flags.json);
  const retry = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: Math.max(pipeRetryMs, flags.timeout * 1000) };
  let told = '';
  const onRetry = ({ code, message }: Error & { code: string }) => {
    if (code !== told) void results.say(`${code}: ${message}; trying again with the same ids`);
    told = code;
  };
  const ending = new Ending(interrupted, () => void results.say(finishing));
  let unconfirmed = 0;
  try {
    await withClient(context, flags, retry, async (client) => {
      for await (const items of readable(batches)) {
        try {
          await results.add(items, await ending.run((signal) => publishBatch(client, items, { onRetry, signal })));
        } catch (failure) {
          if (!ending.isOver) throw failure;
          unconfirmed += items.length;
        }
        told = '';
      }
    });
  } catch (failure) {
    await results.end(true);
    throw failure;
  } finally {
    ending.release();
  }
  await results.end(unconfirmed > 0);
  if (unconfirmed > 0) {
    await results.say(`interrupted: ${unconfirmed} events that were read are unconfirmed${maybeStored}`);
  }
  context.process.exitCode = interrupted.aborted ? interruptedExitCode : results.exitCode;
}

const finishing = 'finishing what was read; press Ctrl-C again to stop at once';
const maybeStored = ': they may or may not be stored, and sending the same ids again is safe';

/** What becomes of the batches in hand when the command is interrupted. */
class Ending {
  readonly #interrupted: AbortSignal;
  readonly #onFinishing: () => void;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #told = false;

  constructor(interrupted: AbortSignal, onFinishing: () => void) {
    this.#interrupted = interrupted;
    this.#onFinishing = onFinishing;
    interrupted.addEventListener('abort', this.#start, { once: true });
    if (interrupted.aborted) this.#start();
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** The signal is raised when the grace is over. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#busy = true;
    this.#tell();
    try {
      return await work(this.#over.signal);
    } finally {
      this.#busy = false;
    }
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#interrupted.removeEventListener('abort', this.#start);
  }

  readonly #start = (): void => {
    this.#timer = setTimeout(() => this.#over.abort(), confirmGraceMs);
    this.#tell();
  };

  /** Who only waits for input ends at once, and without a word. */
  #tell(): void {
    if (!this.#busy || !this.#interrupted.aborted || this.#told) return;
    this.#told = true;
    this.#onFinishing();
  }
}

async function* readable(batches: AsyncIterable<Item[]>): AsyncGenerator<Item[], void, undefined> {
  try {
    yield* batches;
  } catch (error) {
    if (isUnreadable(error)) throw new UsageError(`cannot read the file: ${error.message}`);
    throw error;
  }
}

function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'open' || error.syscall === 'read');
}
