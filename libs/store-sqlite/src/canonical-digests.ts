// The canonical digests of contents that were compared before: what is stored never changes.
import { canonicalDigest, type Content } from '@oncelog/core';

/** About 100 bytes each. */
const digestsKeptMax = 10_000;

/**
 * Without it, thousands of tiny events under the key of one large event would parse that one anew for each of them:
 * 100 such events took the writer 20 s.
 */
export class CanonicalDigests {
  readonly #byPosition = new Map<number, string>();

  /** Positions of a transaction that failed are given to other events. */
  clear(): void {
    this.#byPosition.clear();
  }

  /** `content` is asked for only when it is not known yet. */
  of(position: number, content: () => Content): string {
    const known = this.#byPosition.get(position);
    if (known !== undefined) return known;
    const digest = canonicalDigest(content());
    const [oldest] = this.#byPosition.keys();
    if (oldest !== undefined && this.#byPosition.size >= digestsKeptMax) this.#byPosition.delete(oldest);
    this.#byPosition.set(position, digest);
    return digest;
  }
}
