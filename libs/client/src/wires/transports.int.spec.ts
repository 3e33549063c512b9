import { create } from '@bufbuild/protobuf';
import { CheckStatus, type Event, EventSchema, type Outcome, OutcomeStatus } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { failureTable } from '../failures/failure-table.ts';
import { standInForEachTest } from '../testing/connected-client.ts';
import { noCounts } from '../publishing/publish-counts.ts';
import { StandInBroker } from '../testing/stand-in-broker.ts';
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

function range(from: number, to: number): Event[] {
  return Array.from({ length: to - from }, (_, index) => event(`e${from + index}`));
}

const transports = ['grpc-js', 'connect-grpc', 'connect', 'rest', 'connect-web', 'grpc-web'] as const;

describe.each(transports)('over %s', (transport) => {
  it('tells for each event what became of it', async () => {
    await connect(transport);
    const { outcomes, summary } = await standIn.client.publish([
      event('a'),
      event('b'),
      event('a'),
      event('a', '{"n":2}'),
    ]);
    expect(outcomes.map(({ status, position }) => [status, position])).toEqual([
      [OutcomeStatus.STORED, 1n],
      [OutcomeStatus.STORED, 2n],
      [OutcomeStatus.DUPLICATE, 1n],
      [OutcomeStatus.CONFLICT, 1n],
    ]);
    expect(summary).toMatchObject({ received: 4n, stored: 2n, duplicates: 1n, conflicts: 1n });
  });

  it('tells for each event what would become of it', async () => {
    await connect(transport);
    await standIn.client.publish([event('a')]);
    const events = [event('b'), event('a', '{ "n": 9007199254740993 }'), event('a', '{"n":9007199254740992}')];
    const { NEW, DUPLICATE, CONFLICT } = CheckStatus;
    const statusesOf = (checked: Awaited<ReturnType<typeof standIn.client.check>>) =>
      checked.map(({ status, position }) => [status, position]);
    expect(statusesOf(await standIn.client.check(events))).toEqual([
      [NEW, 0n],
      [DUPLICATE, 1n],
      [CONFLICT, 1n],
    ]);
    expect(statusesOf(await standIn.client.check(events, { keysOnly: true }))).toEqual([
      [NEW, 0n],
      [DUPLICATE, 1n],
      [DUPLICATE, 1n],
    ]);
    expect(standIn.server.log.counts).toMatchObject({ received: 1, stored: 1 });
  });

  it('takes what a broker accepts for done, however it is sent', async () => {
    await connect(transport);
    const { client, server } = standIn;
    const broker = new StandInBroker();
    server.log.broker = broker;
    const { outcomes, summary } = await client.publish([event('a'), event('b')]);
    const accepted = { status: OutcomeStatus.ACCEPTED, position: 0n };
    expect(outcomes).toMatchObject([accepted, accepted]);
    expect(summary).toMatchObject({ received: 2n, accepted: 2n, stored: 0n });
    const told: OutcomeStatus[] = [];
    const onOutcomes = (_: unknown, all: readonly Outcome[]) => void told.push(...all.map(({ status }) => status));
    const session = await client.publishSession([[event('c')], [event('d')]], { onOutcomes });
    expect(session.acknowledged).toEqual({ ...noCounts(), received: 2, accepted: 2 });
    expect(told).toEqual([OutcomeStatus.ACCEPTED, OutcomeStatus.ACCEPTED]);
    const { acknowledged } = await client.publishStream([[event('e')], [event('f')]]);
    expect(acknowledged).toEqual({ ...noCounts(), received: 2, accepted: 2 });
    const publisher = client.openPublisher();
    expect(await publisher.publish(event('g'))).toMatchObject(accepted);
    await publisher.close();
    expect(broker.waiting.map(({ eventId }) => eventId).join('')).toBe('abcdefg');
    const { durability, broker: stats } = await client.getStats();
    expect([durability, stats?.waitingEvents]).toEqual(['accepted', 7n]);
  });

  it('lists what a broker has set aside, across pages, and puts it back', async () => {
    await connect(transport);
    const broker = new StandInBroker();
    standIn.server.log.broker = broker;
    await standIn.client.publish(range(0, 25));
    for (let count = 0; count < 25; count += 1) broker.bury(1, 'odd');
    broker.dead.push({ id: '26-0', raw: Buffer.from('??'), reason: 'garbage' });
    const dead = [];
    for await (const entry of standIn.client.listDeadEntries({ pageSize: 10 })) dead.push(entry);
    expect(dead.map(({ id }) => id)).toEqual(Array.from({ length: 26 }, (_, index) => `${index + 1}-0`));
    expect(dead[3]).toMatchObject({ reason: 'odd', attempts: 5, events: [{ eventId: 'e3' }], raw: undefined });
    expect(Buffer.from(dead[25]!.raw!).toString()).toBe('??');
    expect(await standIn.client.replayDeadEntries(['4-0', 'gone'])).toBe(1);
    expect(await standIn.client.replayDeadEntries()).toBe(25);
    expect(broker.waiting[0]?.eventId).toBe('e3');
  });

  it('keeps the digits of 64-bit integers', async () => {
    await connect(transport);
    await standIn.client.publish([event('a')]);
    const stored = await standIn.client.getEvent({ topic: 'orders', eventId: 'a' });
    expect(Buffer.from(stored?.event?.content.value as Uint8Array).toString()).toBe('{"n":9007199254740993}');
  });

  it('returns undefined for an event that does not exist', async () => {
    await connect(transport);
    expect(await standIn.client.getEvent({ topic: 'orders', eventId: 'missing' })).toBeUndefined();
  });

  it('lists across pages, each event once', async () => {
    await connect(transport);
    await standIn.client.publish(range(0, 25));
    const ids = [];
    for await (const stored of standIn.client.listEvents({ pageSize: 10 })) ids.push(stored.event?.eventId);
    expect(ids).toEqual(range(0, 25).map(({ eventId }) => eventId));
  });

  it('reads the counters by source', async () => {
    await connect(transport);
    await standIn.client.publish([event('a'), event('a')]);
    const { counters, sources } = await standIn.client.getStats();
    expect(counters).toMatchObject({ received: 2n, stored: 1n, duplicates: 1n });
    expect(sources[0]).toMatchObject({ name: 'spec', counters: { received: 2n } });
  });

  it('sees whether the aggregator is ready', async () => {
    await connect(transport);
    expect(await standIn.client.health()).toEqual({ ready: true });
    standIn.server.ready = false;
    expect(await standIn.client.health()).toEqual({ ready: false });
  });

  it('reads code, message, place, limit and outcome of a refusal', async () => {
    await connect(transport);
    standIn.server.faults.push({
      code: 'RULE_BROKEN',
      message: 'is too long',
      field: 'events[0].topic',
      limit: 255,
      actual: 300,
    });
    await expect(standIn.client.publish([event('a')])).rejects.toMatchObject({
      code: 'RULE_BROKEN',
      message: 'is too long',
      violations: [{ field: 'events[0].topic', description: 'is too long' }],
      limit: '255',
      actual: '300',
      outcome: 'none',
      retryable: false,
      exitCode: 4,
    });
    expect(standIn.server.log.events).toHaveLength(0);
  });

  it('reads a sentence as it was written, whatever marks are in it', async () => {
    await connect(transport);
    const message = '"100% %3A; a/b?c=d&e#f+g@$": grün';
    standIn.server.faults.push({ code: 'MALFORMED', message, field: 'after' });
    await expect(standIn.client.publish([event('a')])).rejects.toMatchObject({ message });
  });

  it.each([...failureTable].filter(([code]) => code !== 'UNSPECIFIED'))('decodes %s', async (code, mapping) => {
    await connect(transport, { retry: { attemptsMax: 1 } });
    standIn.server.faults.push({ code, retryAfterMs: 1500, outcome: 'unknown' });
    await expect(standIn.client.publish([event('a')])).rejects.toMatchObject({
      code,
      retryAfterMs: 1500,
      outcome: 'unknown',
      retryable: mapping.retryable,
      exitCode: mapping.exitCode,
    });
  });

  it('sends the same ids again after what may succeed later', async () => {
    await connect(transport);
    standIn.server.faults.push(
      { code: 'QUEUE_FULL', retryAfterMs: 1 },
      'broken before storing',
      'broken after storing',
    );
    const codes: string[] = [];
    const { outcomes } = await standIn.client.publish([event('a')], { onRetry: ({ code }) => codes.push(code) });
    expect(codes).toEqual(['QUEUE_FULL', 'UNREACHABLE', 'UNREACHABLE']);
    expect(outcomes[0]?.status).toBe(OutcomeStatus.DUPLICATE);
    expect(standIn.server.log.events).toHaveLength(1);
  });

  it('gives up after the attempts it is allowed', async () => {
    await connect(transport, { retry: { attemptsMax: 3, delayBaseMs: 1, delayMaxMs: 1 } });
    standIn.server.faults.push(...Array.from({ length: 3 }, () => ({ code: 'DISK_FULL' as const })));
    await expect(standIn.client.publish([event('a')])).rejects.toMatchObject({ code: 'DISK_FULL', exitCode: 5 });
    expect(standIn.server.faults).toHaveLength(0);
  });

  it('says UNREACHABLE when nobody listens', async () => {
    await standIn.server.close();
    await connect(transport, { retry: { attemptsMax: 1 } });
    const failure = {
      code: 'UNREACHABLE',
      exitCode: 5,
      retryable: true,
      message: expect.stringMatching(/ECONNREFUSED [\d.:]+$/),
    };
    await expect(standIn.client.publish([event('a')])).rejects.toMatchObject(failure);
    await expect(standIn.client.getStats()).rejects.toMatchObject(failure);
    standIn.server = await startStandInServer();
  });

  it('ends a call whose caller gave up', async () => {
    await connect(transport);
    const aborted = AbortSignal.abort();
    await expect(standIn.client.publish([event('a')], { signal: aborted })).rejects.toMatchObject({
      code: 'CANCELLED',
      exitCode: 130,
    });
  });

  it('streams batches and sums up what became of them', async () => {
    await connect(transport);
    const progress = await standIn.client.publishStream([range(0, 10), range(5, 15)]);
    expect(progress).toMatchObject({
      acknowledged: { received: 20, stored: 15, duplicates: 5, conflicts: 0 },
      sent: 20,
      resent: 0,
      unconfirmed: 0,
    });
  });

  it('sends everything since the last summary again after a stream broke', async () => {
    await connect(transport, { rotation: { eventsMax: 20 } });
    // Two streams of two batches; the second breaks after its first batch was stored.
    standIn.server.faults.push(undefined, undefined, 'broken after storing');
    const progress = await standIn.client.publishStream([range(0, 10), range(10, 20), range(20, 30), range(30, 40)]);
    expect(standIn.server.log.events).toHaveLength(40);
    expect(progress.brokenStreams).toBe(1);
    expect(progress.resent).toBeGreaterThanOrEqual(10);
    expect(progress.resent).toBeLessThanOrEqual(20);
    expect(progress.unconfirmed).toBe(0);
    expect(standIn.server.log.counts.received - 40).toBeLessThanOrEqual(progress.resent);
  });

  it('ends a stream with the refusal and what it had committed', async () => {
    await connect(transport);
    standIn.server.faults.push(undefined, { code: 'RULE_BROKEN', message: 'no', field: 'events[0].topic' });
    const failure = await standIn.client
      .publishStream([range(0, 10), range(10, 20)])
      .then(undefined, (error: unknown) => error);
    expect(failure).toMatchObject({ code: 'RULE_BROKEN', exitCode: 4, committed: { received: 10n, stored: 10n } });
    expect(standIn.server.log.events).toHaveLength(10);
  });

  it('confirms what was written when it is stopped', async () => {
    await connect(transport);
    const stopping = new AbortController();
    const { promise: never } = Promise.withResolvers<void>();
    async function* endless() {
      yield range(0, 10);
      yield range(10, 20);
      stopping.abort();
      await never;
    }
    const progress = await standIn.client.publishStream(endless(), { signal: stopping.signal });
    expect(progress).toMatchObject({ acknowledged: { received: progress.sent }, unconfirmed: 0 });
    expect(standIn.server.log.events).toHaveLength(progress.sent);
  });
});
