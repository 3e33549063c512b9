// The aggregator itself: a process on a free port, its data on disk, its settings as they come.
import { cpSync } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import { connectGrpc } from './grpc-connection.ts';
import { type NodeServer, startNodeServer } from './node-server.ts';
import { connectOwnClient } from './own-client-connection.ts';
import type { Peer } from './peer.ts';
import { connectRest } from './rest-connection.ts';
import type { Lifetime } from '../run/lifetime.ts';

const mainFile = new URL('../../../../apps/aggregator/src/main.ts', import.meta.url);

export const oncelog: Peer = {
  name: 'oncelog',
  survives: 'power loss',
  durability: 'SQLite, WAL, synchronous=FULL; one outcome an event, counters and drops in the same transaction',
  knowsRepeats: true,
  find: () => ({ version: packageJson.version }),
  async start({ lifetime, directory, stored }) {
    cpSync(stored, directory, { recursive: true });
    const { child, pid, url, address } = await startAggregator(lifetime, directory);
    return { address, pid, url, stop: () => lifetime.endChild(child) };
  },
  async connect(address, sending) {
    if (sending.by === 'rest') return connectRest(`http://${address}`, sending);
    if (sending.by === 'own-client') return connectOwnClient(address, sending);
    return connectGrpc(address, sending);
  },
};

export function startAggregator(lifetime: Lifetime, directory: string): Promise<NodeServer> {
  return startNodeServer(lifetime, mainFile, ['--port', '0', '--data-dir', directory, '--log-level', 'warn']);
}
