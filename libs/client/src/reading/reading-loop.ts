// What is read in a loop for as long as it comes, and may be left at any time.

export abstract class ReadingLoop<T> implements AsyncIterableIterator<T, void, undefined>, AsyncDisposable {
  #items: AsyncGenerator<T, void, undefined> | undefined;

  /** Begins with the first item that is asked for. */
  protected abstract read(): AsyncGenerator<T, void, undefined>;
  /** Lets go of what it reads from, also where that is awaited. */
  protected abstract leave(): void;

  next(): Promise<IteratorResult<T, void>> {
    this.#items ??= this.read();
    return this.#items.next();
  }

  /** Leaves at once, also where a next one is awaited: the loop ends. */
  async return(): Promise<IteratorResult<T, void>> {
    this.leave();
    this.#items ??= this.read();
    return this.#items.return();
  }

  close(): void {
    void this.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
