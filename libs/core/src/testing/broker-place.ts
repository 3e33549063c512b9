// Where a broker under test keeps its entries, so that a test can leave it and come back.
import type { Broker } from '../broker.ts';

export interface BrokerOptions {
  readonly clock?: () => number;
  readonly eventsMax?: number;
  readonly bytesMax?: number;
  /** A worker's entries go to another one when it was silent for so long; long when absent. */
  readonly claimAfterMs?: number;
}

export interface BrokerPlace {
  open(options?: BrokerOptions): Promise<Broker>;
  /** An entry that no oncelog has written. */
  addGarbage(bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** An empty place of its own for each call. */
export type CreateBrokerPlace = () => Promise<BrokerPlace>;
