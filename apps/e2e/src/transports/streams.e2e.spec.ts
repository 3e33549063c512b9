import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit, EventLogWire } from './event-log-wire.ts';
import { rpcWires } from './every-wire.ts';
import { refusedWith } from './refused-with.ts';

let aggregator: AggregatorProcess;

beforeAll(async () => {
  aggregator = await launchAggregator();
});

afterAll(() => aggregator.end('SIGTERM'));

async function* batchesOf(...batches: (readonly EventInit[])[]) {
  yield* batches;
}

const streaming = rpcWires.filter(([name]) => name !== 'gRPC-Web');

describe.each(streaming)('PublishStream over %s', (name, open) => {
  const topic = `streams ${name}`;
  let wire: EventLogWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  const event = (eventId: string, text = '{}'): EventInit => ({
    topic,
    eventId,
    content: { case: 'data', value: Buffer.from(text) },
    contentType: 'application/json',
  });
  const range = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => event(`${prefix}${index}`));
  const idsStored = async () => {
    const ids: string[] = [];
    for (let query: Parameters<typeof wire.list>[0] | undefined = { topic, pageSize: 1000 }; query;) {
      const page = await wire.list(query);
      ids.push(...page.events.map((stored) => stored.event!.eventId));
      query = page.next;
    }
    return ids;
  };

  it('sums up what became of all its messages', async () => {
    const before = (await wire.stats()).lastPosition;
    const summary = await wire.publishStream!(
      batchesOf([event('a'), event('b')], [event('a')], [event('b', '{"n":2}'), event('c')]),
    );
    expect(summary).toMatchObject({
      received: 5n,
      stored: 3n,
      duplicates: 1n,
      conflicts: 1n,
      firstPosition: before + 1n,
      lastPosition: before + 3n,
    });
  });

  it('takes a stream without messages for nothing', async () => {
    expect(await wire.publishStream!(batchesOf())).toMatchObject({
      received: 0n,
      stored: 0n,
      firstPosition: 0n,
      lastPosition: 0n,
    });
  });

  it('keeps the order of its messages, large and small', async () => {
    const batches = Array.from({ length: 200 }, (_, index) => range(`order-${index}-`, index % 7 === 0 ? 100 : 1));
    const summary = await wire.publishStream!(batchesOf(...batches));
    const sent = batches.flat().map(({ eventId }) => eventId);
    expect(summary.stored).toBe(BigInt(sent.length));
    expect((await idsStored()).filter((id) => id.startsWith('order-'))).toEqual(sent);
  });

  it.each([
    ['an event without a topic', [{ eventId: 'bad' }], { code: 'RULE_BROKEN', field: 'events[0].topic' }],
    ['no events', [], { code: 'RULE_BROKEN', field: 'events' }],
    [
      'too many events',
      Array.from({ length: 1001 }, () => ({ topic: 't', eventId: 'many' })),
      { code: 'TOO_MANY_EVENTS', field: 'events' },
    ],
  ])('ends at a message with %s: what came before is stored, nothing after', async (what, bad, expected) => {
    const stats = await wire.stats();
    const before = [range(`${what} before-`, 3), [event(`${what} before-0`)]];
    const after = Array.from({ length: 50 }, (_, index) => [event(`${what} after-${index}`)]);
    const facts = await refusedWith(wire.publishStream!(batchesOf(...before, bad as EventInit[], ...after)));
    expect(facts).toMatchObject({ ...expected, grpcCode: 3 });
    expect(facts.committed).toMatchObject({ received: 4n, stored: 3n, duplicates: 1n, conflicts: 0n });
    expect((await idsStored()).filter((id) => id.startsWith(what))).toEqual(
      [0, 1, 2].map((index) => `${what} before-${index}`),
    );
    expect((await wire.stats()).counters!.received).toBe(stats.counters!.received + 4n);
  });
});

describe('over gRPC-Web', () => {
  it('there is none: browsers cannot send one', () => {
    expect(rpcWires.find(([name]) => name === 'gRPC-Web')![1](aggregator).publishStream).toBeUndefined();
  });
});
