// Canonical digests by position, as many as are worth their room.

/** About 100 bytes each. */
const digestsKeptMax = 10_000;

export class KeptDigests {
  readonly #byPosition = new Map<number, string>();

  get(position: number): string | undefined {
    return this.#byPosition.get(position);
  }

  keep(position: number, digest: string): void {
    const [oldest] = this.#byPosition.keys();
    if (oldest !== undefined && this.#byPosition.size >= digestsKeptMax) this.#byPosition.delete(oldest);
    this.#byPosition.set(position, digest);
  }

  clear(): void {
    this.#byPosition.clear();
  }
}
