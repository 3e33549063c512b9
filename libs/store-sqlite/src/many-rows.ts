// Rows that nobody waits for before the end of their transaction go into their table many at a time.
import type { NativeDatabase } from './open-database.ts';
import { prepare, type Prepared } from './prepared.ts';

/** Half of what a call costs is the call: 16 rows in one take 0.3 µs an event off the writer, 50 no more than that. */
const rowsAtOnce = 16;

export class ManyRows<Row extends unknown[]> {
  readonly #width: number;
  readonly #insertOne: Prepared<Row>;
  readonly #insertMany: Prepared<[unknown[]]>;
  readonly #values: unknown[];
  #filled = 0;

  /** `insert` is all of the statement before its rows. */
  constructor(native: NativeDatabase, insert: string, width: number) {
    const row = `(${Array.from({ length: width }, () => '?').join(', ')})`;
    this.#width = width;
    this.#insertOne = prepare<Row>(native, `${insert} values ${row}`);
    this.#insertMany = prepare<[unknown[]]>(
      native,
      `${insert} values ${Array.from({ length: rowsAtOnce }, () => row).join(', ')}`,
    );
    this.#values = Array.from({ length: width * rowsAtOnce });
  }

  add(...row: Row): void {
    for (let column = 0; column < this.#width; column += 1) this.#values[this.#filled + column] = row[column];
    this.#filled += this.#width;
    if (this.#filled < this.#values.length) return;
    this.#filled = 0;
    this.#insertMany.run(this.#values);
  }

  flush(): void {
    for (let start = 0; start < this.#filled; start += this.#width) {
      this.#insertOne.run(...(this.#values.slice(start, start + this.#width) as Row));
    }
    this.#filled = 0;
  }

  /** Forgets the rows of a transaction that failed. */
  discard(): void {
    this.#filled = 0;
  }
}
