import { create } from '@bufbuild/protobuf';
import { type Event, EventSchema, type Outcome, OutcomeStatus } from '@oncelog/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type TransportName } from '../create-client.ts';
import { standInForEachTest } from '../testing/connected-client.ts';

const retry = { attemptsMax: 100, delayBaseMs: 1, delayMaxMs: 2 };
const standIn = standInForEachTest();
const connect = (transport: TransportName) => standIn.connect(transport, { retry });

const transports = ['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'] as const;

function batch(...ids: string[]): Event[] {
  return ids.map((eventId) => create(EventSchema, { topic: 'orders', eventId }));
}

function stored(): string[] {
  return standIn.server.log.events.map(({ event }) => event!.eventId);
}

describe.each(transports)('a session over %s', (transport) => {
  beforeEach(() => connect(transport));

  it('tells what became of every batch, in order', async () => {
    const told: [string[], OutcomeStatus[]][] = [];
    const progress = await standIn.client.publishSession([batch('a', 'b'), batch('b', 'c'), batch('d')], {
      onOutcomes: (events, outcomes) =>
        void told.push([events.map(({ eventId }) => eventId), outcomes.map(({ status }) => status)]),
    });
    const { STORED, DUPLICATE } = OutcomeStatus;
    expect(told).toEqual([
      [
        ['a', 'b'],
        [STORED, STORED],
      ],
      [
        ['b', 'c'],
        [DUPLICATE, STORED],
      ],
      [['d'], [STORED]],
    ]);
    expect(progress).toMatchObject({ acknowledged: { received: 5, stored: 4, duplicates: 1 }, unconfirmed: 0 });
  });

  it('stores each event once, in the order of sending, over broken connections and refusals that pass', async () => {
    standIn.server.faults.push(undefined, 'broken after storing', undefined, 'broken before storing', {
      code: 'STORE_UNAVAILABLE',
      retryAfterMs: 1,
    });
    const ids = Array.from({ length: 200 }, (_, index) => `e${index}`);
    const progress = await standIn.client.publishSession(ids.map((id) => batch(id)));
    expect(stored()).toEqual(ids);
    expect(progress.brokenSessions).toBeGreaterThan(2);
    expect(progress).toMatchObject({ acknowledged: { received: 200 }, unconfirmed: 0 });
  });

  it('goes on behind a batch that is refused, and says why it is', async () => {
    standIn.server.faults.push(undefined, { code: 'RULE_BROKEN', message: 'is too long', field: 'events[0].topic' });
    const refused: unknown[] = [];
    await standIn.client.publishSession([batch('a'), batch('b'), batch('c')], {
      onRefused: ([event], { code, outcome, violations }) =>
        void refused.push({ id: event!.eventId, code, outcome, field: violations[0]?.field }),
    });
    expect(refused).toEqual([{ id: 'b', code: 'RULE_BROKEN', outcome: 'none', field: 'events[0].topic' }]);
    expect(stored()).toEqual(['a', 'c']);
  });

  it('ends with a failure that no retry can mend', async () => {
    standIn.server.faults.push({ code: 'INTERNAL', outcome: 'unknown' });
    await expect(standIn.client.publishSession([batch('a')])).rejects.toMatchObject({
      code: 'INTERNAL',
      outcome: 'unknown',
    });
  });
});

describe.each(['grpc-js', 'connect', 'rest'] as const)('a publisher of events over %s', (transport) => {
  it('stores each event once, in order, with ids of its own, over connections that break', async () => {
    await connect(transport);
    standIn.server.faults.push(undefined, 'broken after storing', 'broken before storing');
    const publisher = standIn.client.openPublisher({ batchEventsMax: 50, bufferEventsMax: 200 });
    const outcomes: Promise<Outcome>[] = [];
    for (let number = 0; number < 1000; number += 1) {
      await publisher.ready();
      outcomes.push(publisher.publish({ topic: 'orders', payload: { number } }));
    }
    await publisher.close();
    const positions = (await Promise.all(outcomes)).map(({ position }) => Number(position));
    expect(positions).toEqual(Array.from({ length: 1000 }, (_, index) => index + 1));
    expect(stored()).toEqual(stored().toSorted());
  });
});
