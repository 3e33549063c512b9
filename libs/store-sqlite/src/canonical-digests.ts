// The canonical digests of contents that were compared before: what is stored never changes.
/** About 100 bytes each. */
const digestsKeptMax = 10_000;

/**
 * Without it, thousands of tiny events under the key of one large event would parse that one anew for each of them:
 * 100 such events took the writer 20 s.
 */
export class CanonicalDigests {
  readonly #byPosition = new Map<number, string>();
  readonly #read: (position: number) => string;

  /** `read` is asked only for what is not known yet. */
  constructor(read: (position: number) => string) {
    this.#read = read;
  }

  /** Positions of a transaction that failed are given to other events. */
  clear(): void {
    this.#byPosition.clear();
  }

  of(position: number): string {
    const known = this.#byPosition.get(position);
    if (known !== undefined) return known;
    const digest = this.#read(position);
    const [oldest] = this.#byPosition.keys();
    if (oldest !== undefined && this.#byPosition.size >= digestsKeptMax) this.#byPosition.delete(oldest);
    this.#byPosition.set(position, digest);
    return digest;
  }
}
