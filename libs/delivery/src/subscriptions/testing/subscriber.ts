// A subscriber for tests: takes what it is given, when it is told to.
import { everyEvent, type LogEntry } from '@oncelog/core';
import type { Delivered } from '../subscription.ts';
import type { SubscribeQuery, Subscriptions } from '../subscriptions.ts';

const fromBeginning: SubscribeQuery = {
  filter: everyEvent,
  start: 'beginning',
  endWhenCaughtUp: false,
  heartbeatMs: 10_000,
};

export class Subscriber {
  readonly entries: LogEntry[] = [];
  readonly kinds: Delivered['kind'][] = [];
  position = 0;
  readonly #leaving = new AbortController();
  readonly #delivered: AsyncGenerator<Delivered, void, undefined>;

  constructor(subscriptions: Subscriptions, query: Partial<SubscribeQuery> = {}) {
    this.#delivered = subscriptions.subscribe({ ...fromBeginning, ...query }, this.#leaving.signal);
  }

  get positions(): number[] {
    return this.entries.map(({ position }) => position);
  }

  get ids(): string[] {
    return this.entries.map(({ eventId }) => eventId);
  }

  /** The next thing that is delivered; undefined at the end. */
  async next(): Promise<Delivered | undefined> {
    const { done, value } = await this.#delivered.next();
    if (done) return undefined;
    this.kinds.push(value.kind);
    this.position = value.position;
    if (value.kind === 'batch') this.entries.push(...value.entries);
    return value;
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) if (!(await this.next())) throw new Error('the subscription ended too early');
  }

  async untilCaughtUp(): Promise<void> {
    return this.until(() => this.kinds.includes('caughtUp'));
  }

  /** As a transport does when its client leaves. */
  leave(reason: unknown = new Error('left')): void {
    this.#leaving.abort(reason);
  }

  /** As a transport does when it has nothing to write to any more. */
  async close(): Promise<void> {
    this.leave();
    await this.#delivered.return();
  }
}
