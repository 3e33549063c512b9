// Publishing without end, over sessions: what is acknowledged is forgotten, what is not is sent again to the next one.
import type { Event, Outcome } from '@oncelog/protocol';
import { cancelledCall, OncelogClientError } from '../failures/client-error.ts';
import { addSummary, noCounts, type PublishCounts, summaryOf } from './publish-counts.ts';
import { Backoff, type OnRetry, type RetryPolicy } from '../calls/retry.ts';
import type { SessionAnswer } from './session-answer.ts';
import { SessionSending } from './session-sending.ts';
import { SessionSource } from './session-source.ts';
import type { EventBatches } from './stream-publishing.ts';
import type { Wire } from '../wires/wire.ts';

/** After the signal, what was read gets this long to be confirmed. */
const confirmMsDefault = 2000;

export interface SessionProgress {
  /** What was answered with outcomes. */
  readonly acknowledged: PublishCounts;
  /** Events sent, again and again included. */
  sent: number;
  /** Of those, the ones that were sent before, to a session that broke. */
  resent: number;
  /** Sent and not answered: may or may not be stored. */
  unconfirmed: number;
  /** Those that were open; attempts to open one do not count. */
  brokenSessions: number;
}

export interface PublishSessionOptions {
  /** Reads nothing more; what was read is still confirmed, as far as `confirmMs` allows. */
  readonly signal?: AbortSignal | undefined;
  readonly confirmMs?: number | undefined;
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined;
  readonly onRetry?: OnRetry | undefined;
  /** Told of the batches in their order. No further batch is read before what it returns is settled. */
  readonly onOutcomes?: ((events: readonly Event[], outcomes: readonly Outcome[]) => Promise<void> | void) | undefined;
  /**
   * The same for a batch that breaks a rule: nothing of it is stored, and what follows goes on. Without it a refused
   * batch ends the publishing: what is on its way is confirmed, then its failure is thrown.
   */
  readonly onRefused?: ((events: readonly Event[], refusal: OncelogClientError) => Promise<void> | void) | undefined;
}

export interface SessionSettings {
  readonly retry: RetryPolicy;
  /** How long the server may leave everything unanswered. */
  readonly timeoutMs: number;
}

/**
 * Sends every batch, in order, and resolves when all are answered; a batch is one message, of 1 to 1,000 events. A
 * retryable failure is answered by a new session that begins with everything unacknowledged.
 */
export async function publishBySessions(
  wire: Pick<Wire, 'openSession'>,
  batches: EventBatches,
  settings: SessionSettings,
  options: PublishSessionOptions,
): Promise<SessionProgress> {
  const publishing = new SessionPublishing(wire, batches, settings, options);
  await publishing.run();
  return publishing.progress;
}

interface Batch {
  readonly events: readonly Event[];
  sent: boolean;
}

class SessionPublishing {
  readonly progress: SessionProgress = {
    acknowledged: noCounts(),
    sent: 0,
    resent: 0,
    unconfirmed: 0,
    brokenSessions: 0,
  };
  readonly #wire: Pick<Wire, 'openSession'>;
  readonly #settings: SessionSettings;
  readonly #options: PublishSessionOptions;
  readonly #source: SessionSource;
  readonly #backoff: Backoff;
  /** In their order; the first #sentHere of them are on their way in the session that is open. */
  readonly #unacknowledged: Batch[] = [];
  #sentHere = 0;
  #session: SessionSending | undefined;
  /** The time to confirm is over, or the caller's own code has failed. */
  readonly #over = new AbortController();
  /** Ends the publishing when everything that was sent is answered. */
  #failure: { readonly cause: unknown } | undefined;
  #told: Promise<void> = Promise.resolve();

  constructor(
    wire: Pick<Wire, 'openSession'>,
    batches: EventBatches,
    settings: SessionSettings,
    options: PublishSessionOptions,
  ) {
    this.#wire = wire;
    this.#settings = settings;
    this.#options = options;
    this.#source = new SessionSource(batches);
    this.#backoff = new Backoff(settings.retry, options.onRetry);
  }

  async run(): Promise<void> {
    const { signal, confirmMs = confirmMsDefault } = this.#options;
    let grace: ReturnType<typeof setTimeout> | undefined;
    const onAbort = () => {
      this.#source.stop();
      grace = setTimeout(() => this.#giveUp(), confirmMs);
    };
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      while (!this.#over.signal.aborted && (await this.#hasWork())) await this.#attempt();
      await this.#told;
    } finally {
      clearTimeout(grace);
      signal?.removeEventListener('abort', onAbort);
      this.#source.stop();
    }
    if (this.#failure) throw this.#failure.cause;
  }

  /** Waits for the source before a session is opened: an idle source holds none after one has broken. */
  async #hasWork(): Promise<boolean> {
    if (this.#unacknowledged.length > 0) return true;
    this.#source.resume();
    return (await this.#read()) !== undefined;
  }

  async #attempt(): Promise<void> {
    try {
      await this.#runSession();
      this.#backoff.reset();
    } catch (failure) {
      if (this.#over.signal.aborted) return;
      // Broken while nothing was on its way: the next batch will tell whether the server is there.
      const isIdle = this.#unacknowledged.length === 0;
      if (isIdle && failure instanceof OncelogClientError && failure.retryable) return;
      await this.#backoff.wait(failure, this.#over.signal);
    }
  }

  async #runSession(): Promise<void> {
    this.#sentHere = 0;
    this.#source.resume();
    const session = new SessionSending(this.#wire, {
      timeoutMs: this.#settings.timeoutMs,
      onAnswer: (answer) => this.#acknowledge(answer),
      onFailure: () => this.#source.interrupt(),
    });
    this.#session = session;
    try {
      for (;;) {
        await session.room();
        const batch = this.#unacknowledged[this.#sentHere] ?? (await this.#read());
        session.assertAlive();
        if (!batch) break;
        this.#sentHere += 1;
        this.#count(batch);
        await session.send(batch.events);
      }
      await session.finish();
    } catch (failure) {
      session.cancel(failure);
      if (session.wasOpen && !this.#over.signal.aborted) this.progress.brokenSessions += 1;
      this.#tellProgress();
      throw failure;
    } finally {
      this.#session = undefined;
    }
  }

  async #read(): Promise<Batch | undefined> {
    await this.#told;
    for (;;) {
      const events = await this.#source.next().catch((error: unknown) => this.#endWith(error));
      if (!events) return undefined;
      // Nothing to ask for, and so nothing to be answered.
      if (events.length === 0) continue;
      const batch = { events, sent: false };
      this.#unacknowledged.push(batch);
      return batch;
    }
  }

  #count(batch: Batch): void {
    const { length } = batch.events;
    this.progress.sent += length;
    if (batch.sent) this.progress.resent += length;
    else this.progress.unconfirmed += length;
    // Before it is sent: a write that fails may have arrived.
    batch.sent = true;
    this.#tellProgress();
  }

  #acknowledge({ outcomes, summary, refusal }: SessionAnswer): void {
    const { events } = this.#unacknowledged.shift()!;
    this.#sentHere -= 1;
    this.progress.unconfirmed -= events.length;
    this.#backoff.reset();
    if (!refusal) addSummary(this.progress.acknowledged, summaryOf({ summary }));
    this.#tellProgress();
    const { onOutcomes, onRefused } = this.#options;
    if (!refusal) this.#tell(onOutcomes && (() => onOutcomes(events, outcomes)));
    else if (onRefused) this.#tell(() => onRefused(events, refusal));
    else this.#endWith(refusal);
  }

  /** One after the other, so that a slow listener hears of the batches in their order. */
  #tell(listener: (() => Promise<void> | void) | undefined): void {
    if (!listener) return;
    this.#told = this.#told.then(listener);
    this.#told.catch(() => this.#giveUp());
  }

  #endWith(cause: unknown): undefined {
    this.#failure ??= { cause };
    this.#source.stop();
  }

  #tellProgress(): void {
    this.#options.onProgress?.(this.progress);
  }

  #giveUp(): void {
    this.#over.abort();
    this.#source.stop();
    this.#session?.cancel(cancelledCall(undefined));
  }
}
