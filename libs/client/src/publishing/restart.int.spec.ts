import { create } from '@bufbuild/protobuf';
import { type Event, EventSchema, OutcomeStatus } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOncelogClient, type ClientSettings, type TransportName } from '../create-client.ts';
import type { OncelogClient } from '../oncelog-client.ts';
import { waitUntilReady } from '../calls/readiness.ts';
import { type StandInServer, startStandInServer } from '../testing/index.ts';

let server: StandInServer;
let client: OncelogClient;

beforeEach(async () => {
  server = await startStandInServer();
});

afterEach(async () => {
  client.close();
  await server.close();
});

async function connect(transport: TransportName, settings: Partial<ClientSettings> = {}): Promise<OncelogClient> {
  const target = transport === 'rest' ? server.restTarget : server.target;
  client = await createOncelogClient({ target, transport, retry: { delayBaseMs: 1, delayMaxMs: 2 }, ...settings });
  return client;
}

function event(eventId: string, text = '{"n":9007199254740993}'): Event {
  return create(EventSchema, {
    topic: 'orders',
    eventId,
    source: 'spec',
    content: { case: 'data', value: Buffer.from(text) },
    contentType: 'application/json',
  });
}

describe('a restart of the aggregator', () => {
  it.each(['grpc-js', 'connect-grpc', 'connect', 'rest'] as const)(
    'is survived over %s within about a second',
    async (transport) => {
      await connect(transport, { retry: { attemptsMax: 100 } });
      await client.publish([event('a')]);
      const { log, target, restTarget } = server;
      await server.close();
      const port = (text: string) => Number(text.split(':')[1]);
      const { promise: failedTwice, resolve } = Promise.withResolvers<void>();
      let failures = 0;
      const publishing = client.publish([event('a'), event('b')], {
        onRetry: () => {
          failures += 1;
          if (failures === 2) resolve();
        },
      });
      await failedTwice;
      server = await startStandInServer(log, port(target), port(restTarget));
      const startedAtMs = performance.now();
      const { outcomes } = await publishing;
      expect(performance.now() - startedAtMs).toBeLessThan(4000);
      expect(outcomes.map(({ status }) => status)).toEqual([OutcomeStatus.DUPLICATE, OutcomeStatus.STORED]);
    },
  );
});

describe('waiting for the aggregator', () => {
  it('ends when it becomes ready', async () => {
    await connect('grpc-js');
    server.ready = false;
    await waitUntilReady(client, { waitMaxMs: 10_000, onWaiting: () => void (server.ready = true) });
    expect(server.ready).toBe(true);
  });

  it('ends with the reason when the time is up', async () => {
    await connect('grpc-js');
    server.ready = false;
    await expect(waitUntilReady(client, { waitMaxMs: 0 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
