// A connection of its own for the one who writes, made again when it is lost. Statements follow each other on the wire:
// the server takes up the next one before anybody here has read the answer to the one before.
import type { ClientConfig, QueryConfig, QueryResultRow } from 'pg';
import { failedConnection, failedWrite, needsNewConnection } from '../postgres-faults.ts';
import { runAcknowledged } from './acknowledged.ts';
import { LogClient } from './log-client.ts';
import { withRetries } from './retries.ts';

interface Connection {
  readonly client: LogClient;
  /** Statements without an answer. */
  waiting: number;
}

export class LogSession {
  readonly #config: ClientConfig;
  readonly #settings: string;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;

  /** `settings` are statements for a connection that is new. */
  constructor(config: ClientConfig, settings: string) {
    this.#config = { ...config, pipeline: true };
    this.#settings = settings;
  }

  /** Tries again only what has certainly not been stored. */
  write<Row extends QueryResultRow>(query: QueryConfig): Promise<Row> {
    return withRetries(async () => {
      const connection = await this.#connected();
      connection.waiting += 1;
      try {
        const [row] = await runAcknowledged<Row>(connection.client, query);
        return row!;
      } catch (error) {
        const failure = failedWrite(error);
        if (needsNewConnection(failure)) this.#leave(connection);
        throw failure;
      } finally {
        connection.waiting -= 1;
        if (connection !== this.#connection) this.#leave(connection);
      }
    });
  }

  /** Goes on with a session that knows of nothing old. */
  renew(): void {
    if (this.#connection) this.#leave(this.#connection);
  }

  async close(): Promise<void> {
    await this.#connection?.client.end().catch(() => undefined);
    this.#connection = undefined;
  }

  async #connected(): Promise<Connection> {
    if (this.#connection) return this.#connection;
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(): Promise<Connection> {
    const client = new LogClient(this.#config);
    const connection = { client, waiting: 0 };
    client.once('end', () => this.#leave(connection));
    // Each statement under way listens for warnings.
    client.setMaxListeners(0);
    try {
      await client.connect();
      await client.query(this.#settings);
    } catch (error) {
      client.destroy();
      throw failedConnection(error);
    }
    return (this.#connection = connection);
  }

  /** Whoever waits for an answer still gets it. */
  #leave(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    if (connection.waiting === 0) connection.client.destroy();
  }
}
