// The aggregator by itself: its data on disk, its settings as they come.
import { cpSync } from 'node:fs';
import type { Lifetime } from '../run/lifetime.ts';
import { connectAggregator, startAggregator, version } from './aggregator.ts';
import type { NodeServer } from './node-server.ts';
import type { Peer } from './peer.ts';

export const oncelog: Peer = {
  name: 'oncelog',
  survives: 'power loss',
  durability: 'SQLite, WAL, synchronous=FULL; one outcome an event, counters and drops in the same transaction',
  knowsRepeats: true,
  find: () => ({ version }),
  async start({ lifetime, directory, stored }) {
    cpSync(stored, directory, { recursive: true });
    const { child, pid, url, address } = await startOnDirectory(lifetime, directory);
    return { address, pids: [pid], url, stop: () => lifetime.endChild(child) };
  },
  connect: connectAggregator,
};

export function startOnDirectory(lifetime: Lifetime, directory: string): Promise<NodeServer> {
  return startAggregator(lifetime, ['--data-dir', directory]);
}
