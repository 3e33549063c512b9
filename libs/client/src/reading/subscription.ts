// Reading the log without end: entries in order, from the past into the present, over every break of the connection.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  type ContentView,
  EventLogService,
  StartPosition,
  type SubscribeRequestSchema,
  type SubscribeResponse,
} from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';
import { eventFilterOf, type FilterOptions } from '../events/event-filter.ts';
import { type LogEntry, logEntryOf } from '../events/log-entry.ts';
import { ReadingLoop } from './reading-loop.ts';
import { ResumingStream } from './resuming-stream.ts';
import type { OnRetry, RetryPolicy } from '../calls/retry.ts';
import type { Wire } from '../wires/wire.ts';

/** The aggregator's own default, said so that both sides count with the same. */
const heartbeatMsDefault = 10_000;

export interface SubscribeOptions extends FilterOptions {
  /** A cursor, exclusive. Without one, or with an empty one, reading begins at `start`. */
  readonly after?: string | undefined;
  /** The beginning when absent. */
  readonly start?: 'beginning' | 'now' | undefined;
  /** Ends the loop behind everything that is stored, instead of waiting for new events. */
  readonly endWhenCaughtUp?: boolean | undefined;
  readonly contentView?: ContentView | undefined;
  /** How often the aggregator gives a sign of life: 1 to 60 seconds. After 2.5 times as long the client reconnects. */
  readonly heartbeatMs?: number | undefined;
  /** Ends the loop with CANCELLED; `close` ends it quietly. */
  readonly signal?: AbortSignal | undefined;
  /** Everything that was stored has been handed out: what follows is live. Called once. */
  readonly onCaughtUp?: ((cursor: string) => void) | undefined;
  /** The cursor moved, though nothing passed the filter. */
  readonly onProgress?: ((cursor: string) => void) | undefined;
  /** The connection is lost, and found again by itself after the wait. */
  readonly onReconnect?: OnRetry | undefined;
}

type SubscribeInput = MessageInitShape<typeof SubscribeRequestSchema>;

/** Calls at once. Who never reads it closes it. */
export class Subscription extends ReadingLoop<LogEntry> {
  /** Its place is fixed: whatever is stored from now on comes. Rejects when the subscription is refused. */
  readonly ready: Promise<void>;
  readonly #options: SubscribeOptions;
  readonly #stream: ResumingStream<SubscribeResponse>;
  readonly #first: Promise<SubscribeResponse | undefined>;
  #cursor: string;
  #placeIsFixed = false;
  #caughtUp = false;

  constructor(wire: Pick<Wire, 'serverStream'>, options: SubscribeOptions, retry: RetryPolicy) {
    const { after = '', heartbeatMs = heartbeatMsDefault, endWhenCaughtUp = false, signal, onReconnect } = options;
    super();
    this.#options = options;
    this.#cursor = after;
    this.#stream = new ResumingStream({
      open: (calling) => wire.serverStream(EventLogService.method.subscribe, this.#request(), { signal: calling }),
      heartbeatMs,
      retry,
      endsBehind: ({ message }) => endWhenCaughtUp && message.case === 'caughtUp',
      signal,
      onReconnect,
    });
    this.#first = this.#receive();
    this.ready = this.#first.then(assertOpened);
    // The loop throws it as well; where there is no loop, nothing stays open.
    this.ready.catch(() => this.#stream.close());
  }

  /** What follows it has not been handed out: keep it with what the entry led to, and go on `after` it. */
  get cursor(): string {
    return this.#cursor;
  }

  protected leave(): void {
    this.#stream.close();
  }

  protected async *read(): AsyncGenerator<LogEntry, void, undefined> {
    try {
      for (let response = await this.#first; response; response = await this.#receive()) {
        if (response.message.case !== 'batch') continue;
        for (const each of response.message.value.entries) {
          const entry = logEntryOf(each);
          this.#cursor = entry.cursor;
          yield entry;
        }
        this.#cursor = response.message.value.cursor;
      }
    } finally {
      this.#stream.close();
    }
  }

  /** Asked for only when all that came before has been handed out: the place is behind that. */
  async #receive(): Promise<SubscribeResponse | undefined> {
    const response = await this.#stream.next();
    if (!response) return undefined;
    this.#placeIsFixed = true;
    const { message } = response;
    if (message.case === 'caughtUp' || message.case === 'progress') this.#advance(message.case, message.value.cursor);
    return response;
  }

  #advance(how: 'caughtUp' | 'progress', cursor: string): void {
    this.#cursor = cursor;
    if (how === 'caughtUp' && !this.#caughtUp) {
      this.#caughtUp = true;
      this.#options.onCaughtUp?.(cursor);
    } else {
      this.#options.onProgress?.(cursor);
    }
  }

  #request(): SubscribeInput {
    const { heartbeatMs = heartbeatMsDefault, endWhenCaughtUp = false, contentView } = this.#options;
    return {
      filter: eventFilterOf(this.#options),
      after: this.#cursor,
      start: this.#start(),
      endWhenCaughtUp,
      heartbeatInterval: durationFromMs(heartbeatMs),
      ...(contentView !== undefined && { contentView }),
    };
  }

  #start(): StartPosition {
    if (this.#cursor !== '') return StartPosition.UNSPECIFIED;
    // "Now" was when the place was fixed: on an empty log that is its beginning, whatever was stored since.
    if (this.#placeIsFixed || this.#options.start !== 'now') return StartPosition.BEGINNING;
    return StartPosition.NOW;
  }
}

function assertOpened(response: SubscribeResponse | undefined): void {
  if (!response) throw new OncelogClientError('CANCELLED', 'closed before it was ready', { outcome: 'none' });
}
