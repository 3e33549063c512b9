// Publishing without end: streams that rotate, so that what a broken one leaves to be sent again stays bounded.
import { type Event, Health, type PublishSummary } from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';
import { addSummary, noCounts, type PublishCounts } from './publish-counts.ts';
import { Backoff, type OnRetry, type RetryPolicy } from '../calls/retry.ts';
import type { StreamCall, Wire } from '../wires/wire.ts';

/** After this many events, or this long, a stream is closed and its summary awaited: what must be resent is bounded. */
export interface Rotation {
  readonly eventsMax: number;
  readonly ageMaxMs: number;
}

export const defaultRotation: Rotation = { eventsMax: 20_000, ageMaxMs: 2_000 };

export interface StreamProgress {
  /** What finished streams have confirmed. */
  readonly acknowledged: PublishCounts;
  /** Events written, again and again included. */
  sent: number;
  /** Of those, the ones that were written before, to a stream that broke. */
  resent: number;
  /** Written, but of no finished stream: may or may not be stored. */
  unconfirmed: number;
  brokenStreams: number;
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
  readonly onRetry?: OnRetry | undefined;
}

export type EventBatches = AsyncIterable<readonly Event[]> | Iterable<readonly Event[]>;

export interface StreamSettings {
  readonly retry: RetryPolicy;
  readonly rotation: Rotation;
  /** For one stream, on top of its age. */
  readonly timeoutMs: number;
}

/**
 * Sends every batch and resolves when all are confirmed. A retryable failure is answered by a new stream that starts
 * with everything since the last summary. An abort ends it early: what was written is confirmed, nothing more is read.
 */
export async function publishStreaming(
  wire: Wire,
  batches: EventBatches,
  settings: StreamSettings,
  options: StreamOptions,
): Promise<StreamProgress> {
  const publishing = new StreamPublishing(wire, batches, settings, options);
  await publishing.run();
  return publishing.progress;
}

class StreamPublishing {
  readonly progress: StreamProgress = {
    acknowledged: noCounts(),
    sent: 0,
    resent: 0,
    unconfirmed: 0,
    brokenStreams: 0,
  };
  readonly #wire: Wire;
  readonly #settings: StreamSettings;
  readonly #options: StreamOptions;
  readonly #source: AsyncIterator<readonly Event[]> | Iterator<readonly Event[]>;
  readonly #backoff: Backoff;
  #exhausted = false;
  /** The last stream was, or the aggregator has not been reached since. */
  #broken = false;
  /** Outlives a stream: what the source hands out after one has ended belongs to the next. */
  #reading: Promise<IteratorResult<readonly Event[]>> | undefined;
  #unconfirmed: Batch[] = [];

  constructor(wire: Wire, batches: EventBatches, settings: StreamSettings, options: StreamOptions) {
    this.#wire = wire;
    this.#settings = settings;
    this.#options = options;
    this.#source = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
    this.#backoff = new Backoff(settings.retry, options.onRetry);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while ((await this.#hasWork()) || this.#unconfirmed.length > 0) {
      try {
        // One small call tells whether the aggregator is back; a stream would send thousands of events to find out.
        if (this.#broken) await this.#wire.unary(Health.method.check, {}, { timeoutMs: this.#settings.timeoutMs });
        await this.#runStream();
        this.#broken = false;
        this.#backoff.reset();
      } catch (failure) {
        this.#broken = true;
        if (signal?.aborted) break;
        await this.#backoff.wait(failure, signal);
      }
    }
    // Not awaited: a source that is waiting for its own input would answer only after that.
    void this.#source.return?.();
  }

  /** Waits for the source before a stream is opened: an idle source holds none. */
  async #hasWork(): Promise<boolean> {
    if (this.#unconfirmed.length > 0) return true;
    const pause = createInterruption(this.#options.signal);
    const found = await this.#take(pause.raised);
    pause.release();
    return found !== undefined;
  }

  async #runStream(): Promise<void> {
    const { rotation, timeoutMs } = this.#settings;
    const stream = this.#wire.openStream({ timeoutMs: timeoutMs + rotation.ageMaxMs });
    const pause = createInterruption(this.#options.signal, rotation.ageMaxMs);
    try {
      const interrupted = Promise.race([pause.raised, stream.ended.then(() => undefined)]);
      interrupted.catch(() => {});
      const written = await this.#fill(stream, interrupted);
      this.#confirm(written, await stream.finish());
    } catch (failure) {
      this.progress.brokenStreams += 1;
      this.#options.onProgress?.(this.progress);
      stream.cancel();
      throw failure;
    } finally {
      pause.release();
    }
  }

  async #fill(stream: StreamCall, interrupted: Promise<undefined>): Promise<number> {
    let written = 0;
    for (const batch of this.#unconfirmed) written += await this.#write(stream, batch);
    while (written < this.#settings.rotation.eventsMax) {
      const batch = await this.#take(interrupted);
      if (!batch) break;
      written += await this.#write(stream, batch);
    }
    return written;
  }

  /** The next batch of the source, kept until it is confirmed; undefined at the end and when interrupted. */
  async #take(interrupted: Promise<undefined>): Promise<Batch | undefined> {
    if (this.#exhausted || this.#options.signal?.aborted) return undefined;
    this.#reading ??= Promise.resolve(this.#source.next());
    const step = await Promise.race([this.#reading, interrupted]);
    if (!step) return undefined;
    this.#reading = undefined;
    if (step.done) {
      this.#exhausted = true;
      return undefined;
    }
    const batch = { events: step.value, written: false };
    this.#unconfirmed.push(batch);
    return batch;
  }

  async #write(stream: StreamCall, batch: Batch): Promise<number> {
    const count = batch.events.length;
    this.progress.sent += count;
    if (batch.written) this.progress.resent += count;
    else this.progress.unconfirmed += count;
    // Marked before it is written: a write that fails may have arrived.
    batch.written = true;
    await stream.write(batch.events);
    this.#options.onProgress?.(this.progress);
    return count;
  }

  #confirm(written: number, summary: PublishSummary): void {
    if (Number(summary.received) !== written) {
      const message = `the aggregator confirmed ${summary.received} events of a stream of ${written}`;
      throw new OncelogClientError('INTERNAL', message);
    }
    addSummary(this.progress.acknowledged, summary);
    this.progress.unconfirmed -= written;
    this.#unconfirmed = [];
    this.#options.onProgress?.(this.progress);
  }
}

interface Batch {
  readonly events: readonly Event[];
  written: boolean;
}

/** Raised by the signal or, where one is given, by the clock; released so that neither holds on to it. */
function createInterruption(signal: AbortSignal | undefined, afterMs?: number) {
  const { promise: raised, resolve } = Promise.withResolvers<undefined>();
  const raise = () => resolve(undefined);
  if (signal?.aborted) raise();
  signal?.addEventListener('abort', raise, { once: true });
  const timer = afterMs === undefined ? undefined : setTimeout(raise, afterMs);
  const release = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', raise);
  };
  return { raised, release };
}
