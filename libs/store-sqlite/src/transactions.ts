// Transactions of the one connection that writes: committed whole, rolled back whole, or the last that is tried.
import { OncelogError } from '@oncelog/core';
import type { NativeDatabase } from './open-database.ts';
import { prepare } from './prepared.ts';
import { fatalWrite, isFatal, refusedWrite } from './sqlite-faults.ts';

export class Transactions {
  readonly #native: NativeDatabase;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  #failed = false;

  constructor(native: NativeDatabase) {
    this.#native = native;
    this.#begin = prepare(native, 'begin immediate');
    this.#commit = prepare(native, 'commit');
    this.#rollback = prepare(native, 'rollback');
  }

  /** Whether the log must not be written any more. */
  get failed(): boolean {
    return this.#failed;
  }

  /** `undo` brings what is in memory back to what is committed, after a rollback. */
  run<Result>(work: () => Result, undo: () => void = () => undefined): Result {
    if (this.#failed) throw new OncelogError('STORE_UNAVAILABLE', 'the store has stopped writing after a fault');
    try {
      this.#begin.run();
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      throw this.#recover(error, undo);
    }
  }

  /** For good: what reached the disk is for a new process to find out. */
  fail(error: unknown): OncelogError {
    this.#failed = true;
    return fatalWrite(error);
  }

  /** Back to what is committed; when even that fails, nothing is known any more. */
  #recover(error: unknown, undo: () => void): OncelogError {
    try {
      if (isFatal(error)) throw error;
      if (this.#native.inTransaction) this.#rollback.run();
      undo();
      return refusedWrite(error);
    } catch (fatal) {
      return this.fail(fatal);
    }
  }
}
