// A stream of answers that comes back by itself: after a failure that may pass, and when nothing is heard for too long.
import { OncelogClientError } from '../failures/client-error.ts';
import { Backoff, type OnRetry, type RetryPolicy } from '../calls/retry.ts';

/** Of the heartbeat: one may be late, and a second one on its way, before the connection counts as dead. */
const heartbeatsMissed = 2.5;

export interface ResumingStreamOptions<T> {
  /** A new call, from where reading stands now. */
  readonly open: (signal: AbortSignal) => AsyncIterable<T>;
  /** How often the aggregator says something, whatever happens. */
  readonly heartbeatMs: number;
  /** How long to wait between attempts; there is no last one. */
  readonly retry: Pick<RetryPolicy, 'delayBaseMs' | 'delayMaxMs'>;
  /** Whether the call may end in order behind this answer; otherwise an end is a failure. */
  readonly endsBehind?: (answer: T) => boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onReconnect?: OnRetry | undefined;
}

interface Call<T> {
  readonly answers: AsyncIterator<T>;
  readonly ending: AbortController;
  readonly openedAtMs: number;
  mayEnd: boolean;
}

/** Nothing is read ahead: who does not ask for more slows the aggregator down. */
export class ResumingStream<T> {
  readonly #options: ResumingStreamOptions<T>;
  readonly #backoff: Backoff;
  readonly #leaving = new AbortController();
  readonly #interrupt = () => this.#leave();
  #call: Call<T> | undefined;
  #closed = false;

  constructor(options: ResumingStreamOptions<T>) {
    const { retry, signal, onReconnect } = options;
    const forever = { ...retry, attemptsMax: Number.POSITIVE_INFINITY, totalMs: Number.POSITIVE_INFINITY };
    this.#options = options;
    this.#backoff = new Backoff(forever, onReconnect);
    if (signal?.aborted) this.#leave();
    signal?.addEventListener('abort', this.#interrupt, { once: true });
  }

  /** One at a time. Undefined at the end of the call and once closed; throws what trying again cannot help. */
  async next(): Promise<T | undefined> {
    for (;;) {
      if (this.#closed) return undefined;
      if (this.#leaving.signal.aborted) throw interrupted();
      try {
        this.#call ??= this.#open();
        const answer = await this.#hear(this.#call);
        if (answer === undefined) this.close();
        return answer;
      } catch (failure) {
        this.#hangUp();
        if (!this.#leaving.signal.aborted) await this.#waitAfter(failure);
      }
    }
  }

  /** Ends the call at once, also while an answer is awaited. */
  close(): void {
    this.#closed = true;
    this.#options.signal?.removeEventListener('abort', this.#interrupt);
    this.#leave();
  }

  #open(): Call<T> {
    const ending = new AbortController();
    const answers = this.#options.open(ending.signal)[Symbol.asyncIterator]();
    return { answers, ending, openedAtMs: performance.now(), mayEnd: false };
  }

  async #hear(call: Call<T>): Promise<T | undefined> {
    const silenceMaxMs = this.#options.heartbeatMs * heartbeatsMissed;
    let silence: OncelogClientError | undefined;
    const timer = setTimeout(() => {
      silence = silenceOf(silenceMaxMs, this.#options.heartbeatMs);
      // The reason tells the wire that its connection is to blame, and not the reader.
      call.ending.abort(silence);
    }, silenceMaxMs);
    try {
      const step = await call.answers.next();
      if (!step.done) {
        // An answer alone proves nothing: a call may break behind its first one, again and again.
        if (performance.now() - call.openedAtMs > this.#options.heartbeatMs) this.#backoff.reset();
        call.mayEnd = this.#options.endsBehind?.(step.value) ?? false;
        return step.value;
      }
      if (call.mayEnd) return undefined;
      throw new OncelogClientError('UNREACHABLE', 'the aggregator ended the stream without a word');
    } catch (failure) {
      throw silence ? silence.with({ cause: failure }) : failure;
    } finally {
      clearTimeout(timer);
    }
  }

  async #waitAfter(failure: unknown): Promise<void> {
    try {
      await this.#backoff.wait(ofReading(failure), this.#leaving.signal);
    } catch (final) {
      this.close();
      throw final;
    }
  }

  #hangUp(): void {
    this.#call?.ending.abort();
    // Ends a call that is between two answers; one that waits for an answer has its signal.
    void this.#call?.answers.return?.().catch(() => {});
    this.#call = undefined;
  }

  #leave(): void {
    this.#leaving.abort();
    this.#hangUp();
  }
}

function silenceOf(silenceMaxMs: number, heartbeatMs: number): OncelogClientError {
  const expected = `a sign of life comes every ${heartbeatMs / 1000} s`;
  return new OncelogClientError('UNREACHABLE', `nothing heard for ${silenceMaxMs / 1000} s, where ${expected}`);
}

function interrupted(): OncelogClientError {
  return new OncelogClientError('CANCELLED', 'interrupted while reading', { outcome: 'none' });
}

/** However a call fails that only reads, nothing is stored by it. */
function ofReading(failure: unknown): unknown {
  return failure instanceof OncelogClientError ? failure.with({ outcome: 'none' }) : failure;
}
