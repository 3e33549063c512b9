import { create } from '@bufbuild/protobuf';
import { type Event, EventSchema, OutcomeStatus } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { waitUntilReady } from '../calls/readiness.ts';
import { standInForEachTest } from '../testing/connected-client.ts';
import { startStandInServer } from '../testing/stand-in-server.ts';

const standIn = standInForEachTest();
const { connect } = standIn;

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
      await standIn.client.publish([event('a')]);
      const { log, target, restTarget } = standIn.server;
      await standIn.server.close();
      const port = (text: string) => Number(text.split(':')[1]);
      const { promise: failedTwice, resolve } = Promise.withResolvers<void>();
      let failures = 0;
      const publishing = standIn.client.publish([event('a'), event('b')], {
        onRetry: () => {
          failures += 1;
          if (failures === 2) resolve();
        },
      });
      await failedTwice;
      standIn.server = await startStandInServer(log, port(target), port(restTarget));
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
    standIn.server.ready = false;
    await waitUntilReady(standIn.client, { waitMaxMs: 10_000, onWaiting: () => void (standIn.server.ready = true) });
    expect(standIn.server.ready).toBe(true);
  });

  it('ends with the reason when the time is up', async () => {
    await connect('grpc-js');
    standIn.server.ready = false;
    await expect(waitUntilReady(standIn.client, { waitMaxMs: 0 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
