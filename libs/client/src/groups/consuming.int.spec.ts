import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOncelogClient, type TransportName } from '../create-client.ts';
import { newEvent } from '../events/event-draft.ts';
import type { LogEntry } from '../events/log-entry.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { type BreakableProxy, startBreakableProxy } from '../testing/breakable-proxy.ts';
import { type StandInServer, startStandInServer } from '../testing/index.ts';

const count = 300;

let server: StandInServer;
let proxy: BreakableProxy;
let client: OncelogClient;

beforeEach(async () => {
  server = await startStandInServer();
});

afterEach(async () => {
  client.close();
  await proxy.close();
  await server.close();
});

async function connect(transport: TransportName): Promise<void> {
  proxy = await startBreakableProxy(transport === 'rest' ? server.restTarget : server.target);
  client = await createOncelogClient({ target: proxy.target, transport, retry: { delayBaseMs: 1, delayMaxMs: 20 } });
}

describe.each(['grpc-js', 'connect-grpc', 'connect', 'rest'] as const)('a group over %s', (transport) => {
  it('loses nothing to its members over breaks of all connections', async () => {
    await connect(transport);
    // What was on its way when a connection broke comes again after a second.
    await client.groups.create('workers', { topics: ['orders'], leaseMs: 1000, attemptsMax: 1000 });
    server.log.publish(Array.from({ length: count }, (_, n) => newEvent({ topic: 'orders', eventId: `e${n}` })));
    const [handled, stopping] = [new Set<string>(), new AbortController()];
    let reconnections = 0;
    const handle = ({ eventId }: LogEntry) => {
      handled.add(eventId);
      if (handled.size === count) stopping.abort();
      else if (handled.size % 70 === 0) proxy.breakConnections();
    };
    const member = () =>
      client.consume('workers', handle, { signal: stopping.signal, onReconnect: () => (reconnections += 1) });
    await Promise.all([member(), member()]);
    expect(handled.size).toBe(count);
    expect(reconnections).toBeGreaterThanOrEqual(2);
    expect(await client.groups.get('workers')).toMatchObject({ backlog: 0, outstanding: 0, deadLetters: 0 });
  });

  it('ends a consumer, with the reason, when the client is closed', async () => {
    await connect(transport);
    await client.groups.create('workers');
    const { promise: begun, resolve } = Promise.withResolvers<void>();
    server.log.publish([newEvent({ topic: 'orders' })]);
    const consuming = client.consume('workers', async () => {
      resolve();
      throw new Error('given back, so that nothing is left to be acknowledged');
    });
    await begun;
    await expect.poll(async () => (await client.groups.get('workers'))?.outstanding).toBe(1);
    client.close();
    await expect(consuming).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
