// When what is committed moves from the write-ahead log into the database.
import { type NativeDatabase, pageBytes } from './open-database.ts';
import { prepare } from './prepared.ts';

/** Random ids write the same index pages again and again, and a checkpoint copies each of them only once. */
export const checkpointPages = (64 * 1024 * 1024) / pageBytes;

/** What a transaction writes at most, about, beside the leaves of its rows. */
const pagesPerTransaction = 16;

export class Checkpoints {
  readonly #native: NativeDatabase;
  readonly #measureLog;
  #pagesUntilMeasured = 0;

  constructor(native: NativeDatabase) {
    this.#native = native;
    /** Pages in the write-ahead log, and how many of them are in the database too; moves nothing. */
    this.#measureLog = prepare<[], { readonly log: number; readonly checkpointed: number }>(
      native,
      'pragma wal_checkpoint(noop)',
    );
  }

  /** A transaction has written so many pages at most. */
  countTransaction(pages: number): void {
    this.#pagesUntilMeasured -= pagesPerTransaction + pages;
  }

  /** After what may have filled the write-ahead log by itself. */
  measureNext(): void {
    this.#pagesUntilMeasured = 0;
  }

  runWhenDue(): void {
    // Measuring it after every commit cost single events, of which about 64 share one, 1 µs each.
    if (this.#pagesUntilMeasured > 0) return;
    const { log, checkpointed } = this.#measureLog.get()!;
    this.#pagesUntilMeasured = checkpointPages - (log - checkpointed);
    if (this.#pagesUntilMeasured <= 0) this.#native.pragma('wal_checkpoint(passive)');
  }

  /** Leaves an empty write-ahead log behind. */
  finish(): void {
    this.#native.pragma('wal_checkpoint(truncate)');
  }
}
