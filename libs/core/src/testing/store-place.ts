// Where a store under test keeps its log, so that a test can close it and open it again.
import type { EventStore } from '../event-store.ts';
import type { Limits } from '../limits.ts';

export interface StoreOptions {
  readonly clock: () => number;
  readonly limits?: Partial<Limits>;
}

export interface StorePlace {
  open(options: StoreOptions): Promise<EventStore>;
  remove(): Promise<void>;
}

/** An empty place of its own for each call. */
export type CreateStorePlace = () => Promise<StorePlace>;

/** A clock that only the test moves. */
export function createTestClock(nowMs = 1_790_000_000_000) {
  const state = { nowMs };
  return { clock: () => state.nowMs, move: (byMs: number) => (state.nowMs += byMs) };
}
