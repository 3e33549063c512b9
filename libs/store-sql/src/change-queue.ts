// Changes of groups that share a transaction: those that come while one is under way go together into the next.
import type { GroupChange } from '@oncelog/core';

/** Groups that acknowledge single events make small changes; so many take the writer some milliseconds. */
const changesTogetherMax = 1000;

type Answers = readonly boolean[];

interface Waiting {
  readonly changes: readonly GroupChange[];
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: unknown) => void;
}

export class ChangeQueue {
  readonly #write: (changes: readonly GroupChange[]) => Promise<Answers>;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(write: (changes: readonly GroupChange[]) => Promise<Answers>) {
    this.#write = write;
  }

  change(changes: readonly GroupChange[]): Promise<Answers> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when everything is answered. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeTogether(this.#takeTogether());
    this.#writing = undefined;
  }

  /** At least one call, however many changes it has: they are one transaction. */
  #takeTogether(): Waiting[] {
    let changes = 0;
    const overflow = this.#waiting.findIndex((each, index) => {
      changes += each.changes.length;
      return index > 0 && changes > changesTogetherMax;
    });
    return this.#waiting.splice(0, overflow < 0 ? this.#waiting.length : overflow);
  }

  async #writeTogether(calls: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#write(calls.flatMap(({ changes }) => changes));
      let answered = 0;
      for (const { changes, resolve } of calls) resolve(answers.slice(answered, (answered += changes.length)));
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}
