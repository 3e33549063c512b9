// Says when the connection of a reader is lost, and when it is found again: each once.
import type { OncelogClientError } from '@oncelog/client';
import type { Say } from './notices.ts';

export class ConnectionNotices {
  readonly #say: Say;
  #lost = false;

  constructor(say: Say) {
    this.#say = say;
  }

  readonly lost = ({ code, message }: OncelogClientError): void => {
    if (!this.#lost) void this.#say(`connection lost: ${code}: ${message}; trying again until it is back`);
    this.#lost = true;
  };

  /** Something has been heard. */
  readonly heard = (): void => {
    if (this.#lost) void this.#say('connected again; nothing is missed');
    this.#lost = false;
  };
}
