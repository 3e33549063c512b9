// A session of publishes that a test sends to and reads from, one step at a time.
import { PassThrough } from 'node:stream';
import type { EventInit, EventLogWire, SessionAnswer } from './event-log-wire.ts';

/** Messages that wait to be taken by the transport: more than any test sends. */
const outboxMessagesMax = 1000;

export class OpenSession {
  readonly #outbox = new PassThrough({ objectMode: true, highWaterMark: outboxMessagesMax });
  readonly #answers: AsyncGenerator<SessionAnswer, void, undefined>;

  constructor(wire: EventLogWire) {
    this.#answers = wire.publishSession!(this.#outbox);
  }

  send(...messages: readonly (readonly EventInit[])[]): void {
    for (const message of messages) this.#outbox.write(message);
  }

  halfClose(): void {
    this.#outbox.end();
  }

  /** Throws what ended the session; fails when it has ended well. */
  async next(): Promise<SessionAnswer> {
    const { done, value } = await this.#answers.next();
    if (done) throw new Error('the session has ended');
    return value;
  }

  /** Everything up to its end, and what ended it when that was a failure. */
  async rest(): Promise<{ readonly answers: readonly SessionAnswer[]; readonly failure?: unknown }> {
    const answers: SessionAnswer[] = [];
    try {
      for await (const answer of this.#answers) answers.push(answer);
      return { answers };
    } catch (failure) {
      return { answers, failure };
    }
  }

  /** Without a half-close, as a client does that is gone. */
  async leave(): Promise<void> {
    await this.#answers.return();
  }
}
