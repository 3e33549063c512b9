// Work that is done one piece after the other, in the order it was asked for, and gives way to what is urgent.

export class Turns {
  readonly #givesWay: () => boolean;
  #last: Promise<unknown> = Promise.resolve();

  /** `givesWay` tells whether a piece is followed by a pause as long as itself. */
  constructor(givesWay: () => boolean) {
    this.#givesWay = givesWay;
  }

  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    let tookMs = 0;
    const result = this.#last.then(async () => {
      const beganMs = performance.now();
      return work().finally(() => (tookMs = performance.now() - beganMs));
    });
    this.#last = result.catch(() => {}).then(() => (this.#givesWay() ? pause(tookMs) : undefined));
    return result;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
