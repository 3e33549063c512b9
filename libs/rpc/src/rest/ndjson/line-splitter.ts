// Cuts a body into its lines, of which no more than one is ever held.

export interface Line {
  /** From 1, empty lines included. */
  readonly number: number;
  /** Without its line break, and only until the next line is asked for; absent when there are too many. */
  readonly bytes: Uint8Array | undefined;
  readonly size: number;
}

const lineFeed = 0x0a;
const nothing = Buffer.alloc(0);

export class LineSplitter {
  readonly #lineBytesMax: number;
  #number = 0;
  /** The beginning of a line whose end has not come yet. */
  #begun: Buffer = nothing;
  #size = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** What it takes in memory between two chunks. */
  get bytesHeld(): number {
    return this.#begun.length;
  }

  /** The lines that end in this chunk. */
  *add(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      yield this.#take(chunk.subarray(from, end));
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** What stands behind the last line break. */
  end(): Line | undefined {
    return this.#size === 0 ? undefined : this.#take(nothing);
  }

  #take(rest: Buffer): Line {
    const whole = this.#size === 0;
    if (!whole) this.#keep(rest);
    const size = whole ? rest.length : this.#size;
    const bytes = whole ? rest : this.#begun.subarray(0, size);
    this.#number += 1;
    this.#begun = nothing;
    this.#size = 0;
    return { number: this.#number, bytes: size > this.#lineBytesMax ? undefined : bytes, size };
  }

  /** Copies: a line that comes byte by byte would otherwise hold a chunk for each of them. */
  #keep(part: Buffer): void {
    const size = this.#size + part.length;
    if (size > this.#lineBytesMax) this.#begun = nothing;
    else if (part.length > 0) {
      if (size > this.#begun.length) this.#grow(size);
      part.copy(this.#begun, this.#size);
    }
    this.#size = size;
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafe(Math.min(this.#lineBytesMax, 2 * size));
    this.#begun.copy(grown, 0, 0, this.#size);
    this.#begun = grown;
  }
}
