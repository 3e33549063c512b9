// A group's place, and a draft of its next one: what the operations of one turn add up to, as one change of the store.
import type { DeadLetter, GroupChange, GroupState, Outstanding } from '@oncelog/core';

export interface Place extends Omit<GroupState, 'outstanding'> {
  readonly outstanding: ReadonlyMap<number, Outstanding>;
  /**
   * Up to here the log has been looked at: beyond the cursor while nothing passes the filter, which is not worth a
   * flush. Forgotten with the process.
   */
  readonly scannedTo: number;
}

export function placeOf(state: GroupState): Place {
  const outstanding = new Map(state.outstanding.map((each) => [each.position, each]));
  return { ...state, outstanding, scannedTo: state.cursor };
}

export class PlaceDraft {
  readonly #before: Place;
  readonly #outstanding: Map<number, Outstanding>;
  readonly #touched = new Set<number>();
  readonly #dead = new Map<number, DeadLetter>();
  readonly #revived = new Set<number>();
  #cursor: number;
  #scannedTo: number;
  #epoch: number;

  constructor(before: Place) {
    this.#before = before;
    this.#outstanding = new Map(before.outstanding);
    this.#cursor = before.cursor;
    this.#scannedTo = before.scannedTo;
    this.#epoch = before.epoch;
  }

  get name() {
    return this.#before.name;
  }

  get settings() {
    return this.#before.settings;
  }

  get createdTimeMs(): number {
    return this.#before.createdTimeMs;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get cursor(): number {
    return this.#cursor;
  }

  get scannedTo(): number {
    return this.#scannedTo;
  }

  get outstandingCount(): number {
    return this.#outstanding.size;
  }

  get deadLetterCount(): number {
    return this.#before.deadLetterCount + this.#dead.size - this.#revived.size;
  }

  outstanding(position: number): Outstanding | undefined {
    return this.#outstanding.get(position);
  }

  /** What may be delivered again, by position. */
  due(nowMs: number): Outstanding[] {
    const due = [...this.#outstanding.values()].filter(({ dueTimeMs }) => dueTimeMs <= nowMs);
    return due.sort((a, b) => a.position - b.position);
  }

  put(outstanding: Outstanding): void {
    this.#outstanding.set(outstanding.position, outstanding);
    this.#touched.add(outstanding.position);
  }

  settle(position: number): void {
    this.#outstanding.delete(position);
    this.#touched.add(position);
  }

  bury(letter: DeadLetter): void {
    this.settle(letter.position);
    this.#dead.set(letter.position, letter);
  }

  /** No longer a dead letter. */
  revive(position: number): void {
    if (!this.#dead.delete(position)) this.#revived.add(position);
  }

  /** What this draft says about a dead letter; undefined when the store knows better. */
  isDead(position: number): boolean | undefined {
    if (this.#dead.has(position)) return true;
    return this.#revived.has(position) ? false : undefined;
  }

  scan(position: number): void {
    this.#scannedTo = position;
  }

  moveCursor(): void {
    this.#cursor = this.#scannedTo;
  }

  seek(position: number): void {
    this.#outstanding.clear();
    this.#touched.clear();
    this.#cursor = position;
    this.#scannedTo = position;
    this.#epoch += 1;
  }

  /** Undefined when there is nothing to keep. */
  get change(): GroupChange | undefined {
    const { name, version, cursor, epoch, outstanding } = this.#before;
    const sought = this.#epoch !== epoch;
    const touched = [...this.#touched];
    const put = touched.map((position) => this.#outstanding.get(position)).filter((each) => each !== undefined);
    const gone = (position: number) => !this.#outstanding.has(position) && !this.#dead.has(position);
    const settled = sought ? [] : touched.filter((position) => outstanding.has(position) && gone(position));
    const change = {
      ...(this.#cursor !== cursor && { cursor: this.#cursor }),
      ...(sought && { epoch: this.#epoch, forgetsOutstanding: true }),
      ...(settled.length > 0 && { settled }),
      ...(put.length > 0 && { outstanding: put }),
      ...(this.#dead.size > 0 && { dead: [...this.#dead.values()] }),
      ...(this.#revived.size > 0 && { revived: [...this.#revived] }),
    };
    return Object.keys(change).length === 0 ? undefined : { name, expectedVersion: version, ...change };
  }

  /** The place once the change is made; with nothing to change, only what was looked at is new. */
  get after(): Place {
    const scannedTo = this.#scannedTo;
    if (!this.change) return { ...this.#before, scannedTo };
    return {
      ...this.#before,
      version: this.#before.version + 1,
      epoch: this.#epoch,
      cursor: this.#cursor,
      scannedTo,
      outstanding: this.#outstanding,
      deadLetterCount: this.deadLetterCount,
    };
  }
}
