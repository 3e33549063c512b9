// Connections for streams that stay open: apart from the one for calls, and never full.
import { OncelogClientError } from '../failures/client-error.ts';

/**
 * The aggregator takes 256 streams a connection. A stream too many waits until another ends, and with it every call on
 * the same connection: a client of many subscriptions would hang in its own publishing.
 */
export const streamsPerConnectionMax = 50;

export interface StreamConnectionsOptions<Connection> {
  readonly open: () => Connection;
  readonly close: (connection: Connection) => void;
}

interface Carrier<Connection> {
  readonly connection: Connection;
  streams: number;
}

export class StreamConnections<Connection> {
  readonly #options: StreamConnectionsOptions<Connection>;
  readonly #carriers = new Set<Carrier<Connection>>();
  readonly #closing = new AbortController();

  constructor(options: StreamConnectionsOptions<Connection>) {
    this.#options = options;
  }

  /** Reads one stream. Its signal is raised by the caller's and when the client is closed. */
  async *read<T>(
    signal: AbortSignal | undefined,
    stream: (connection: Connection, signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    if (this.#closing.signal.aborted) {
      throw new OncelogClientError('CANCELLED', 'the client is closed', { outcome: 'none' });
    }
    const carrier = this.#carrierWithRoom();
    carrier.streams += 1;
    try {
      yield* stream(
        carrier.connection,
        signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal,
      );
    } finally {
      carrier.streams -= 1;
      if (carrier.streams === 0) this.#drop(carrier);
    }
  }

  /** Ends all streams. */
  close(): void {
    this.#closing.abort();
    for (const carrier of this.#carriers) this.#drop(carrier);
  }

  #carrierWithRoom(): Carrier<Connection> {
    for (const carrier of this.#carriers) {
      if (carrier.streams < streamsPerConnectionMax) return carrier;
    }
    const carrier = { connection: this.#options.open(), streams: 0 };
    this.#carriers.add(carrier);
    return carrier;
  }

  #drop(carrier: Carrier<Connection>): void {
    if (this.#carriers.delete(carrier)) this.#options.close(carrier.connection);
  }
}
