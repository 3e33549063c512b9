// Payments to accounts, published bit by bit, and what each account must hold once all of them are in the books.
import { newEvent, type OncelogClient } from '@oncelog/client';
import type { SeededRandom } from '../crash/seeded-random.ts';

const accounts = 7;

export class Payments {
  readonly balances = new Map<string, number>();
  readonly #client: OncelogClient;
  readonly #random: SeededRandom;
  #published = 0;

  constructor(client: OncelogClient, random: SeededRandom) {
    this.#client = client;
    this.#random = random;
  }

  get lastId(): string {
    return `payment-${this.#published - 1}`;
  }

  /** Half of them twice, and something else in between: neither must change a balance. */
  async publish(count: number): Promise<void> {
    const payments = Array.from({ length: count }, () => this.#next());
    const repeats = payments.slice(count / 2);
    await this.#client.publish([...payments, newEvent({ topic: 'other' }), ...repeats]);
  }

  #next() {
    const account = `account-${this.#random.below(accounts)}`;
    const cents = this.#random.below(1000) - 300;
    this.balances.set(account, (this.balances.get(account) ?? 0) + cents);
    const eventId = `payment-${this.#published}`;
    this.#published += 1;
    return newEvent({ topic: 'payments', eventId, payload: { account, cents } });
  }
}
