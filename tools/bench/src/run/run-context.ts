// What the parts of a run share.
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { once } from 'node:events';
import type { LivenessProbe } from '../measure/liveness-probe.ts';
import type { Peer, PeerName } from '../peers/peer.ts';
import type { FilledStores } from './filled-stores.ts';
import type { Lifetime } from './lifetime.ts';

export interface RunContext {
  readonly lifetime: Lifetime;
  readonly liveness: LivenessProbe;
  readonly stores: FilledStores;
  /** Those that can take part. */
  readonly peers: ReadonlyMap<PeerName, Peer>;
  readonly seed: number;
  readonly rounds: number;
  /** How many events a round of this scenario sends. */
  readonly eventsOf: (events: { readonly quick: number; readonly whole: number }) => number;
  readonly outOfTime: () => boolean;
  /** Whether flushes can be counted. */
  readonly tracing: boolean;
  readonly note: (text: string) => void;
}

/** On disk, with 150 bytes of content: 406 measured with a million events; the write-ahead log comes on top. */
const storedEventBytes = 600;

/** Why there is no room for so many copies of such a store; undefined when there is. */
export function diskObstacle(stored: number, copies: number): string | undefined {
  const { bavail, bsize } = statfsSync(tmpdir());
  const needed = stored * storedEventBytes * copies;
  if (needed < bavail * bsize) return undefined;
  const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
  return `it needs ${gb(needed)} GB in ${tmpdir()}, and ${gb(bavail * bsize)} are free`;
}

/** Before the clock of a delivery starts: code is compiled, connections are open. */
export const warmUpSeconds = 3;
/** Subscribers are written to within some ten milliseconds; what has not come by then is missed. */
export const lastDeliveriesMs = 1000;

const settleTimeoutMs = 20_000;

/** What others left to be written would otherwise be written on somebody's clock. */
export async function settleDisk(lifetime: Lifetime): Promise<void> {
  const sync = lifetime.spawn('sync', [], { timeout: settleTimeoutMs });
  await once(sync, 'exit');
}
