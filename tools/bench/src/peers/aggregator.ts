// The aggregator as a process on a free port, and the ways to send to it.
import packageJson from '../../package.json' with { type: 'json' };
import type { Lifetime } from '../run/lifetime.ts';
import { connectGrpc } from './grpc-connection.ts';
import { type NodeServer, startNodeServer } from './node-server.ts';
import { connectOwnClient } from './own-client-connection.ts';
import type { Connection, Sending } from './peer.ts';
import { connectRest } from './rest-connection.ts';

const mainFile = new URL('../../../../apps/aggregator/src/main.ts', import.meta.url);

export const { version } = packageJson;

/** Its settings as they come, beside these. */
export function startAggregator(lifetime: Lifetime, settings: readonly string[]): Promise<NodeServer> {
  return startNodeServer(lifetime, mainFile, ['--port', '0', '--log-level', 'warn', ...settings]);
}

/** Addresses are separated by commas. */
export async function connectAggregator(address: string, sending: Sending): Promise<Connection> {
  const addresses = address.split(',');
  if (sending.by === 'rest') return connectRest(addresses, sending);
  if (sending.by === 'own-client') return connectOwnClient(address, sending);
  return connectGrpc(addresses, sending);
}
