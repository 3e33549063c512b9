// How long it takes until everything serves again, from the moment at which what was killed takes connections.

/** What users are promised. */
export const recoveryMsMax = 5000;

export class RecoveryTimes {
  readonly #ms: number[] = [];

  async measure(everythingServes: () => Promise<void>): Promise<void> {
    const startedMs = performance.now();
    await everythingServes();
    this.#ms.push(performance.now() - startedMs);
  }

  get maxMs(): number {
    return Math.max(...this.#ms);
  }

  /** For whoever reads the output of the run. */
  tell(what: string): void {
    const each = this.#ms.map((ms) => Math.round(ms)).join(', ');
    process.stdout.write(`${what}, ms after it was back: ${each}; at most ${Math.round(this.maxMs)}\n`);
  }
}
