import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOncelogClient, type TransportName } from './create-client.ts';
import { newEvent } from './event-draft.ts';
import type { OncelogClient } from './oncelog-client.ts';
import { type StandInServer, startStandInServer } from './testing/index.ts';

const count = 300;

let server: StandInServer;
let client: OncelogClient;

beforeEach(async () => {
  server = await startStandInServer();
});

afterEach(async () => {
  client.close();
  await server.close();
});

async function connect(transport: TransportName): Promise<void> {
  const target = transport === 'rest' ? server.restTarget : server.target;
  client = await createOncelogClient({ target, transport, retry: { delayBaseMs: 1, delayMaxMs: 20 } });
}

describe.each(['grpc-js', 'connect-grpc', 'connect', 'rest'] as const)('a group over %s', (transport) => {
  it('gives each event to one of two members, over breaks of their streams', async () => {
    await connect(transport);
    await client.groups.create('workers');
    server.log.publish(Array.from({ length: count }, (_, n) => newEvent({ topic: 'orders', eventId: `e${n}` })));
    const [handled, stopping] = [[] as string[], new AbortController()];
    const member = () =>
      client.consume(
        'workers',
        ({ eventId }) => {
          handled.push(eventId);
          if (handled.length % 100 === 0) server.subscriptions.endAll();
          if (handled.length === count) stopping.abort();
        },
        { signal: stopping.signal },
      );
    await Promise.all([member(), member()]);
    expect(new Set(handled).size).toBe(count);
    expect(handled).toHaveLength(count);
    expect(await client.groups.get('workers')).toMatchObject({ backlog: 0, outstanding: 0 });
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
