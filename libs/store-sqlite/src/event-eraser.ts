// The one who erases: the body of an event goes; its key stays, and what repeats of its content are known by.
import { canonicalDigest } from '@oncelog/core';
import type { Checkpoints } from './checkpoints.ts';
import type { NativeDatabase } from './open-database.ts';
import { prepare, type Prepared } from './prepared.ts';
import { StoredContents } from './stored-contents.ts';
import type { Transactions } from './transactions.ts';

/** A body of 256 KiB and its attributes on pages of 8 KiB, each of them written once more as zeros. */
const pagesPerErasure = 80;

export class EventEraser {
  readonly #native: NativeDatabase;
  readonly #transactions: Transactions;
  readonly #checkpoints: Checkpoints;
  readonly #contents: StoredContents;
  readonly #insertErased: Prepared<[position: number, canonicalDigest: Uint8Array]>;
  readonly #deleteBody: Prepared<[position: number]>;

  constructor(native: NativeDatabase, transactions: Transactions, checkpoints: Checkpoints) {
    this.#native = native;
    this.#transactions = transactions;
    this.#checkpoints = checkpoints;
    this.#contents = new StoredContents(native);
    this.#insertErased = prepare(native, 'insert into erased_event (position, canonical_digest) values (?, ?)');
    this.#deleteBody = prepare(native, 'delete from event where position = ?');
  }

  /** False when it is erased already. */
  erase(position: number): boolean {
    const erased = this.#zeroing(() => this.#transactions.run(() => this.#erase(position)));
    this.#checkpoints.countTransaction(pagesPerErasure);
    return erased;
  }

  #erase(position: number): boolean {
    const content = this.#contents.at(position);
    if (content === undefined) return false;
    this.#insertErased.run(position, Buffer.from(canonicalDigest(content), 'hex'));
    this.#deleteBody.run(position);
    return true;
  }

  /**
   * SQLite leaves what is deleted in its file until the room is used again. Zeroing it always would write pages anew
   * for each drop that is forgotten. In the write-ahead log the content stays until that is written over or emptied,
   * at the latest when the store is closed.
   */
  #zeroing<Result>(work: () => Result): Result {
    this.#native.pragma('secure_delete = on');
    try {
      return work();
    } finally {
      this.#native.pragma('secure_delete = off');
    }
  }
}
