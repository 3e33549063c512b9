// A connection whose statements end in time, one way or the other.
import { Client, type ClientConfig } from 'pg';

/** The message of a statement that was not answered in time; the library has no code for it. */
const queryTimeout = 'Query read timeout';

/** For taking leave of a server that does not answer. */
const endTimeoutMs = 2000;

type Method = (...parameters: readonly unknown[]) => unknown;

export class LogClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    // Whoever waits for an answer on it learns that it is lost; nobody else needs to.
    this.on('error', () => undefined);
    const query = super.query.bind(this) as Method;
    const ending: Method = (...parameters) => {
      const answer = query(...parameters);
      // What timed out here may run on over there: whoever came next on the connection would wait behind it.
      if (answer instanceof Promise) answer.catch((error: Error) => error.message === queryTimeout && this.destroy());
      return answer;
    };
    this.query = ending as Client['query'];
    const end = super.end.bind(this) as Method;
    this.end = ((...parameters) => {
      const timer = setTimeout(() => this.destroy(), endTimeoutMs).unref();
      this.once('end', () => clearTimeout(timer));
      return end(...parameters);
    }) as Client['end'];
  }

  destroy(): void {
    (this as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
  }
}
