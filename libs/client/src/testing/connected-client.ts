// A stand-in server for each test of a file, and a client of it over any transport.
import { afterEach, beforeEach } from 'vitest';
import { type ClientSettings, createOncelogClient, type TransportName } from '../create-client.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { type StandInServer, startStandInServer } from './stand-in-server.ts';

const overHttp1: readonly TransportName[] = ['rest', 'connect-web', 'grpc-web'];

export interface StandIn {
  /** Of this test; a restart puts another one in its place. */
  server: StandInServer;
  /** The one connected last. */
  client: OncelogClient;
  connect(transport: TransportName, settings?: Partial<ClientSettings>): Promise<OncelogClient>;
}

export function standInForEachTest(): StandIn {
  const standIn: Partial<StandIn> & Pick<StandIn, 'connect'> = {
    async connect(transport, settings = {}) {
      const { target: http2, restTarget } = standIn.server!;
      const target = overHttp1.includes(transport) ? restTarget : http2;
      const retry = { delayBaseMs: 1, delayMaxMs: 2 };
      standIn.client = await createOncelogClient({ target, transport, retry, ...settings });
      return standIn.client;
    },
  };
  beforeEach(async () => {
    standIn.server = await startStandInServer();
  });
  afterEach(async () => {
    standIn.client?.close();
    await standIn.server!.close();
  });
  return standIn as StandIn;
}
