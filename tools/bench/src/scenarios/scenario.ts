// What a scenario is: a way of sending, a load, a store to begin with, and who takes part.
import type { LoadShape } from '../load/load.ts';
import type { PeerName, Sending } from '../peers/peer.ts';

/** The shortest run that has it: `--quick`, one without options, or `--full`. */
export type Runs = 'quick' | 'whole' | 'full';

interface Named {
  readonly name: string;
  readonly title: string;
  readonly runs: Runs;
  /** Events in the store beforehand. */
  readonly stored: number;
}

export interface IngestScenario extends Named {
  readonly kind: 'ingest';
  readonly sending: Sending;
  readonly load: LoadShape;
  readonly peers: readonly PeerName[];
  /** Sent in each round. */
  readonly events: { readonly quick: number; readonly whole: number };
}

/** How long the aggregator takes from its start until it is ready. */
export interface StartScenario extends Named {
  readonly kind: 'start';
}

/** How soon subscribers get what is published. */
export interface DeliveryScenario extends Named {
  readonly kind: 'delivery';
  readonly subscribers: number;
  readonly eventsPerSecond: number;
  /** Of the second half of the run. */
  readonly stalledReaders: number;
  /** Of each half. */
  readonly seconds: { readonly quick: number; readonly whole: number };
}

/** How soon a subscriber on one replica gets what is published on another. */
export interface AcrossScenario extends Named {
  readonly kind: 'across';
  /** Of each of two replicas. */
  readonly subscribers: number;
  readonly eventsPerSecond: number;
  readonly seconds: { readonly quick: number; readonly whole: number };
}

export type Scenario = IngestScenario | StartScenario | DeliveryScenario | AcrossScenario;

/** What most scenarios vary one side of. */
export const usualLoad: LoadShape = { repeats: 0.3, ids: 'random', contentBytes: 150, content: 'bytes' };

export const streamOf500: Sending = { by: 'stream', eventsPerMessage: 500 };

export const besideTheLimit = ['oncelog', 'sqlite-one-row', 'sqlite-many-rows'] as const;
/** As many streams as there are replicas, for one of them too: both get the same traffic. */
export const fourStreamsOf500: Sending = { ...streamOf500, streams: 4 };

export const besideOneReplica = ['oncelog-replicas', 'oncelog-postgres'] as const;
export const besideNoBroker = ['oncelog-broker', 'oncelog-postgres'] as const;
export const besideTheWire = ['oncelog', 'bare-grpc'] as const;

export const streamEvents = { quick: 50_000, whole: 200_000 } as const;
export const batchEvents = { quick: 20_000, whole: 100_000 } as const;
export const singleEvents = { quick: 8000, whole: 30_000 } as const;
