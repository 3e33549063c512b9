// Subscribing: where it begins, how many may, and one live window for all of them.
import { type EventFilter, type EventStore, type Limits, OncelogError, violated } from '@oncelog/core';
import { headOf } from '../log-head.ts';
import { LiveWindow } from './live-window.ts';
import { type Delivered, follow } from './subscription.ts';
import { Turns } from './turns.ts';

/** Who finds no place comes back after this. */
const retryAfterFullMs = 5000;

export interface SubscribeQuery {
  readonly filter: EventFilter;
  /** Exclusive; absent to begin at `start`. */
  readonly after?: number | undefined;
  readonly start: 'beginning' | 'now';
  readonly endWhenCaughtUp: boolean;
  readonly heartbeatMs: number;
}

export interface Subscriptions {
  /** Open now. */
  readonly count: number;
  /** Events in position order, without gap or repeat; refuses a position beyond the newest event. */
  subscribe(query: SubscribeQuery, signal: AbortSignal): AsyncGenerator<Delivered, void, undefined>;
  close(): void;
}

export function createSubscriptions({ store, limits }: { store: EventStore; limits: Limits }): Subscriptions {
  const window = new LiveWindow(store, limits);
  const backlog = new Turns(() => window.isAwaited);
  let count = 0;

  async function* subscribe(query: SubscribeQuery, signal: AbortSignal): AsyncGenerator<Delivered, void, undefined> {
    if (count >= limits.subscribersMax) throw tooManySubscribers(limits.subscribersMax);
    count += 1;
    try {
      const after = await placeOf(store, query);
      yield* follow({ store, window, backlog, limits }, { ...query, after }, signal);
    } finally {
      count -= 1;
    }
  }

  return {
    get count() {
      return count;
    },
    subscribe,
    close: () => window.close(),
  };
}

async function placeOf(store: EventStore, { after, start }: SubscribeQuery): Promise<number> {
  if (after === 0 || (after === undefined && start === 'beginning')) return 0;
  const head = await headOf(store);
  if (after === undefined) return head;
  if (after <= head) return after;
  const description = `points to ${after}, beyond the newest event at ${head}: this log has lost what came before it`;
  throw violated('RULE_BROKEN', [{ field: 'after', description, limit: head, actual: after }]);
}

function tooManySubscribers(limit: number): OncelogError {
  const description = `at most ${limit} may be open at a time; come back later, or share a subscription`;
  return new OncelogError('QUEUE_FULL', `subscribers: ${description}`, {
    violations: [{ field: 'subscribers', description, limit, actual: limit }],
    retryAfterMs: retryAfterFullMs,
  });
}
