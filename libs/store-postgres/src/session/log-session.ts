// A connection of its own, made again when it is lost: for what is written, or for who listens.
import type { ClientConfig, QueryConfig, QueryResultRow } from 'pg';
import { failedConnection, failedWrite, needsNewConnection } from '../postgres-faults.ts';
import { runAcknowledged } from './acknowledged.ts';
import { LogClient } from './log-client.ts';
import { withRetries } from './retries.ts';

export class LogSession {
  readonly #config: ClientConfig;
  readonly #settings: string;
  #client: LogClient | undefined;

  /** `settings` are statements for a connection that is new. */
  constructor(config: ClientConfig, settings: string) {
    this.#config = config;
    this.#settings = settings;
  }

  /** One after the other. Tries again only what has certainly not been stored. */
  write<Row extends QueryResultRow>(query: QueryConfig): Promise<Row> {
    return withRetries(async () => {
      const client = await this.#connected();
      try {
        const [row] = await runAcknowledged<Row>(client, query);
        return row!;
      } catch (error) {
        const failure = failedWrite(error);
        if (needsNewConnection(failure)) this.#drop(client);
        throw failure;
      }
    });
  }

  /** Goes on with a session that knows of nothing old. */
  renew(): void {
    if (this.#client) this.#drop(this.#client);
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => undefined);
    this.#client = undefined;
  }

  async #connected(): Promise<LogClient> {
    if (this.#client) return this.#client;
    const client = new LogClient(this.#config);
    client.once('end', () => this.#drop(client));
    try {
      await client.connect();
      await client.query(this.#settings);
    } catch (error) {
      client.destroy();
      throw failedConnection(error);
    }
    this.#client = client;
    return client;
  }

  #drop(client: LogClient): void {
    if (this.#client === client) this.#client = undefined;
    client.destroy();
  }
}
