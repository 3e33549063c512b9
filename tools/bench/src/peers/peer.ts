// What every system under measurement is to the benchmark, the aggregator included.
import type { Load } from '../load/load.ts';
import type { LatencyHistogram } from '../measure/latency-histogram.ts';
import type { Lifetime } from '../run/lifetime.ts';

export const peerNames = [
  'oncelog',
  'oncelog-postgres',
  'oncelog-replicas',
  'oncelog-broker',
  'sqlite-one-row',
  'sqlite-many-rows',
  'sqlite-ceiling',
  'redis',
  'postgres',
  'postgres-one',
  'postgres-store',
  'nats',
  'nats-bare',
  'nats-sync-always',
  'bare-grpc',
] as const;

export type PeerName = (typeof peerNames)[number];

/** How events reach a server that offers several ways. Peers with one way of their own take it. */
export type Sending =
  | { readonly by: 'stream'; readonly eventsPerMessage: number; readonly streams?: number }
  /** The same, through the project's own client, which encodes on the clock. */
  | { readonly by: 'own-client'; readonly eventsPerMessage: number }
  | { readonly by: 'unary'; readonly eventsPerCall: number; readonly callsInFlight: number }
  | { readonly by: 'rest'; readonly eventsPerCall: number; readonly callsInFlight: number };

export interface Peer {
  readonly name: PeerName;
  /** The worst that an acknowledged event survives. */
  readonly survives: 'power loss' | 'process end' | 'nothing';
  /** The settings behind that, and what it does less than the aggregator. */
  readonly durability: string;
  /** A server that only acknowledges calls all of them stored, unless it says later what became of them. */
  readonly knowsRepeats: boolean;
  /** What is here of it, or why it cannot take part. */
  find(): Presence;
  start(place: Place): Promise<RunningPeer>;
  /** In the process of the load. */
  connect(address: string, sending: Sending): Promise<Connection>;
}

export type Presence = { readonly version: string } | { readonly absent: string };

export interface Place {
  readonly lifetime: Lifetime;
  /** Empty, and the peer's own. */
  readonly directory: string;
  /**
   * A closed data directory of the aggregator with the events that are stored beforehand. Whoever keeps events in that
   * format begins with a copy of it, and thereby with its schema.
   */
  readonly stored: string;
}

export interface RunningPeer {
  /** Several, separated by commas, of one that is served in several places. */
  readonly address: string;
  /** Whose figures are the server's; none for one that does its work in the process of the load. */
  readonly pids: readonly number[];
  /** Answers GET /livez. */
  readonly url?: string;
  /** Of one that keeps its log in PostgreSQL: how much it has written there so far. */
  sizes?(): Promise<LogSizes>;
  /** Of one that accepts events before they are stored: resolves with all it has stored, when nothing waits. */
  settled?(): Promise<Tally>;
  stop(): Promise<void>;
}

export interface LogSizes {
  /** Write-ahead log since the server was made. */
  readonly walBytes: number;
  /** Tables and indexes of the database. */
  readonly databaseBytes: number;
  /** Of these, what the log keeps for ever to know repeats by; 0 in a table of somebody else's. */
  readonly keyBytes: number;
}

export interface Connection {
  /** Everything that can be made beforehand, so that it is not on the clock. */
  prepare(load: Load): Promise<PreparedLoad>;
  close(): Promise<void>;
}

export interface PreparedLoad {
  /** Resolves when all is acknowledged. Latencies are of calls; a stream has none. */
  send(latencies: LatencyHistogram): Promise<Tally>;
  /** What may be done after the last answer, off the clock. */
  afterwards?(): void;
}

/** What the peer said became of the events. */
export interface Tally {
  readonly stored: number;
  readonly duplicates: number;
  /** Held by a broker, to be stored later. */
  readonly accepted?: number;
}
