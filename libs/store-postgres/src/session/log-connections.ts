// The shared connections: many that read, and what is written beside events.
import type { OncelogError } from '@oncelog/core';
import type { LogDatabase } from '@oncelog/store-sql';
import type { Pool, QueryConfig, QueryResultRow } from 'pg';
import { failedConnection, failedRead, failedWrite } from '../postgres-faults.ts';
import { runAcknowledged } from './acknowledged.ts';
import { withRetries } from './retries.ts';

export interface LogConnectionsParts {
  readonly pool: Pool;
  readonly kysely: LogDatabase;
  readonly onFailure: (error: OncelogError) => void;
}

export class LogConnections {
  readonly #parts: LogConnectionsParts;

  constructor(parts: LogConnectionsParts) {
    this.#parts = parts;
  }

  /** Each statement by itself. */
  async read<Result>(read: (db: LogDatabase) => Promise<Result>): Promise<Result> {
    try {
      return await read(this.#parts.kysely);
    } catch (error) {
      throw this.#told(failedRead(error));
    }
  }

  /** What is read in several parts fits together. */
  readAtOneMoment<Result>(read: (db: LogDatabase) => Promise<Result>): Promise<Result> {
    return this.read((db) =>
      db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read),
    );
  }

  /** Commits by itself, and resolves after the flush. */
  async write<Row extends QueryResultRow>(query: QueryConfig): Promise<Row[]> {
    try {
      return await withRetries(() => this.#write<Row>(query));
    } catch (error) {
      throw this.#told(failedWrite(error));
    }
  }

  async #write<Row extends QueryResultRow>(query: QueryConfig): Promise<Row[]> {
    const client = await this.#parts.pool.connect().catch((error: unknown) => {
      throw failedConnection(error);
    });
    try {
      return await runAcknowledged<Row>(client, query);
    } catch (error) {
      throw failedWrite(error);
    } finally {
      client.release();
    }
  }

  #told(error: OncelogError): OncelogError {
    this.#parts.onFailure(error);
    return error;
  }
}
