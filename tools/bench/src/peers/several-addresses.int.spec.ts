import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { createLoad } from '../load/load.ts';
import { LatencyHistogram } from '../measure/latency-histogram.ts';
import { Lifetime } from '../run/lifetime.ts';
import { usualLoad } from '../scenarios/scenario.ts';
import { bareGrpc } from './bare-grpc.ts';
import { connectGrpc } from './grpc-connection.ts';
import type { Connection } from './peer.ts';
import { connectRest } from './rest-connection.ts';

const lifetime = new Lifetime();
afterAll(() => lifetime.end());

const load = createLoad({ ...usualLoad, seed: 1, name: 'addresses', round: 1, count: 40 });
/** Nobody listens on a port that only root may open. */
const nobody = '127.0.0.1:1';

async function send(connection: Connection) {
  const { send: sendAll } = await connection.prepare(load);
  try {
    return await sendAll(new LatencyHistogram());
  } finally {
    await connection.close();
  }
}

describe('several addresses', () => {
  it.each([
    { by: 'stream', eventsPerMessage: 10, streams: 2 } as const,
    { by: 'unary', eventsPerCall: 10, callsInFlight: 2 } as const,
  ])('all get their share by $by, so that one where nobody is ends the round', async (sending) => {
    const { address } = await bareGrpc.start({ lifetime, directory: '', stored: '' });
    const { address: other } = await bareGrpc.start({ lifetime, directory: '', stored: '' });
    expect(await send(connectGrpc([address, other], sending))).toMatchObject({ stored: 40 });
    await expect(send(connectGrpc([address, nobody], sending))).rejects.toThrow('UNAVAILABLE');
  });

  it('all get their share by REST', async () => {
    const answer = JSON.stringify({ processed_count: 10, duplicate_dropped: 0, conflicts: 0 });
    const server = createServer((request, response) => request.resume().on('end', () => response.end(answer)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sending = { by: 'rest', eventsPerCall: 10, callsInFlight: 2 } as const;
    expect(await send(connectRest([address], sending))).toMatchObject({ stored: 40 });
    await expect(send(connectRest([address, nobody], sending))).rejects.toThrow('ECONNREFUSED');
    server.close();
  });
});
