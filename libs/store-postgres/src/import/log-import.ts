// A log that is brought over from elsewhere. Until it is finished it has the mark of one that no store opens.
import { OncelogError } from '@oncelog/core';
import type { RawRow } from '@oncelog/store-sql';
import { partitionPositionsDefault } from '../append/event-partitions.ts';
import { formatVersion, unfinishedFormat } from '../entities.ts';
import { failedWrite } from '../postgres-faults.ts';
import { runAcknowledged } from '../session/acknowledged.ts';
import type { LogClient } from '../session/log-client.ts';
import { type ColumnType, copiedRows, isColumnType, type TableRows } from './copied-rows.ts';
import { copyIn } from './copy-in.ts';

/** What a log is, and its totals. */
export interface CopiedLog {
  readonly log_id: string;
  readonly created_time_ms: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

interface FoundLog {
  readonly log_id: string;
  readonly format_version: number;
  readonly stored: number;
}

export class LogImport {
  readonly #client: LogClient;
  /** Where the log is, without a password. */
  readonly #place: string;
  readonly #types = new Map<string, ReadonlyMap<string, ColumnType>>();

  /** The connection holds the lock of the import, and does all of its work: neither is there without the other. */
  constructor(client: LogClient, place: string) {
    this.#client = client;
    this.#place = place;
  }

  /** Marks an empty schema as the copy of this log, or finds out how far a copy of it has come. */
  async begin(log: CopiedLog): Promise<{ readonly finished: boolean; readonly head: number }> {
    const { log_id: logId, created_time_ms: createdTimeMs, stored, duplicates, conflicts } = log;
    await this.#query(
      `insert into log (id, log_id, format_version, created_time_ms, stored, duplicates, conflicts)
       values (1, $1, ${unfinishedFormat}, $2, 0, 0, 0) on conflict (id) do nothing`,
      [logId, createdTimeMs],
    );
    const [found] = await this.#query<FoundLog>('select log_id, format_version, stored from log where id = 1');
    this.#refuseOther(found!, logId);
    if (found!.format_version === formatVersion) {
      if (found!.stored !== stored) throw this.#refusal(`this log with ${found!.stored} events, the source ${stored}`);
      return { finished: true, head: stored };
    }
    const [newest] = await this.#query<{ head: number }>('select coalesce(max(position), 0) as head from event_key');
    const { head } = newest!;
    if (head > stored) throw this.#refusal(`${head} events of a copy, of which the source has no more than ${stored}`);
    // Counted from the events of the log, which has none until the next statement.
    await this.#query('select extend_events($1, $2)', [stored, partitionPositionsDefault]);
    const totals = 'stored = $1, duplicates = $2, conflicts = $3';
    await this.#query(`update log set ${totals} where id = 1`, [stored, duplicates, conflicts]);
    return { finished: false, head };
  }

  readonly read = async (select: string): Promise<readonly RawRow[]> => this.#query<RawRow>(select);

  /** Forgets all rows of the tables. */
  async clear(tables: readonly string[]): Promise<void> {
    await this.#query(`truncate ${tables.join(', ')}`);
  }

  /** In one transaction. */
  async insert(parts: readonly TableRows[]): Promise<void> {
    await this.#commit(async () => {
      for (const { table, columns, rows } of parts) {
        const types = await this.#typesOf(table);
        const bytes = copiedRows(
          rows,
          columns.map((column) => types.get(column)!),
        );
        await copyIn(this.#client, `copy ${table} (${columns.join(', ')}) from stdin (format binary)`, bytes);
      }
    });
  }

  async removeErasedBodies(): Promise<void> {
    await this.#query('delete from event where position in (select position from erased_event)');
  }

  /** From here on it is a log like any other. */
  async finish(): Promise<void> {
    // Without figures of its tables the database would read them whole until it makes some by itself.
    await this.#query('analyze event_key, event, topic, source, event_drop, consumer_group');
    await this.#commit(async () => {
      const next = `(select coalesce(max(id), 0) + 1 from consumer_group)`;
      await this.#query(`select setval(pg_get_serial_sequence('consumer_group', 'id'), ${next}, false)`);
      await this.#query(`update log set format_version = ${formatVersion} where id = 1`);
    });
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  #refuseOther({ log_id: logId, format_version: format }: FoundLog, expectedId: string): void {
    const unfinished = format === unfinishedFormat;
    if (logId !== expectedId) {
      throw this.#refusal(unfinished ? `an unfinished copy of another log, ${logId}` : `another log already, ${logId}`);
    }
    if (!unfinished && format !== formatVersion) {
      throw this.#refusal(`this log in format ${format}; this version writes ${formatVersion}`);
    }
  }

  #refusal(holds: string): OncelogError {
    const advice = 'name another schema with ?schema=, or drop this one if nothing in it is needed';
    return new OncelogError('ALREADY_EXISTS', `${this.#place} holds ${holds}: ${advice}`);
  }

  async #typesOf(table: string): Promise<ReadonlyMap<string, ColumnType>> {
    const known = this.#types.get(table);
    if (known) return known;
    const columns = await this.#query<{ readonly name: string; readonly type: string }>(
      `select attname as name, typname as type from pg_attribute join pg_type on pg_type.oid = atttypid
       where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped`,
    );
    const types = new Map<string, ColumnType>();
    for (const { name, type } of columns) if (isColumnType(type)) types.set(name, type);
    this.#types.set(table, types);
    return types;
  }

  async #commit(work: () => Promise<void>): Promise<void> {
    await this.#query('begin');
    try {
      await work();
      await runAcknowledged(this.#client, { text: 'commit' });
    } catch (error) {
      await this.#client.query('rollback').catch(() => undefined);
      throw failedWrite(error);
    }
  }

  async #query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.#client.query<Row>(text, values && [...values])).rows;
    } catch (error) {
      throw failedWrite(error);
    }
  }
}
