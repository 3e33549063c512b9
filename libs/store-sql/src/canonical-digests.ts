// The canonical digests of contents that were compared before: what is stored never changes.
import { KeptDigests } from './kept-digests.ts';

/**
 * Without it, thousands of tiny events under the key of one large event would parse that one anew for each of them:
 * 100 such events took the writer 20 s.
 */
export class CanonicalDigests {
  readonly #kept = new KeptDigests();
  readonly #read: (position: number) => string;

  /** `read` is asked only for what is not known yet. */
  constructor(read: (position: number) => string) {
    this.#read = read;
  }

  /** Positions of a transaction that failed are given to other events. */
  clear(): void {
    this.#kept.clear();
  }

  of(position: number): string {
    const known = this.#kept.get(position);
    if (known !== undefined) return known;
    const digest = this.#read(position);
    this.#kept.keep(position, digest);
    return digest;
  }
}
