// The blocks of an event stream as they come, comments and all.
import type { OpenCall } from './http-calls.ts';

export class EventStreamBlocks {
  #text = '';
  readonly #parts: AsyncIterator<string>;

  constructor(parts: AsyncIterable<string>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  static async of(call: OpenCall): Promise<EventStreamBlocks> {
    return new EventStreamBlocks((await call.answered).body.setEncoding('utf8') as AsyncIterable<string>);
  }

  /** Without its empty line; undefined at the end. */
  async next(): Promise<string | undefined> {
    for (let end = this.#text.indexOf('\n\n'); ; end = this.#text.indexOf('\n\n')) {
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return block;
      }
      const { done, value } = await this.#parts.next();
      if (done) return undefined;
      this.#text += value;
    }
  }

  /** The ids of the events up to the one that comes last. */
  async eventsUntil(eventId: string): Promise<string[]> {
    const seen: string[] = [];
    while (seen.at(-1) !== eventId) {
      const block = await this.next();
      if (block === undefined) throw new Error(`the stream ended after ${seen.join(', ')}`);
      const data = /^id: .*\ndata: (.*)$/.exec(block)?.[1];
      if (data !== undefined) seen.push((JSON.parse(data) as { event_id: string }).event_id);
    }
    return seen;
  }
}
