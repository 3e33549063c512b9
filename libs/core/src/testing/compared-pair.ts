// Two stores that are asked the same, for the property test.
import type { EventStore } from '../event-store.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { StorePlace } from './store-place.ts';

/** The reference first. */
export interface Pair {
  readonly places: readonly [StorePlace, StorePlace];
  stores: readonly [EventStore, EventStore];
  /** The later of the two is the newest stored time: what lists may ask for. */
  readonly nowMs: () => number;
}

export type Step = (random: SeededRandom, pair: Pair, about: string) => Promise<void>;
