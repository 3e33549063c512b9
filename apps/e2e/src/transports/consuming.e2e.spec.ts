import { durationFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { type Delivery, SettleResult } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import type { ConsumerWire } from './consumer-wire.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { consumerWires } from './every-wire.ts';
import { grpcJsWire } from './grpc-js-wire.ts';
import { eventIds, WiredGroup } from './wired-group.ts';

const { DONE, ALREADY_SETTLED, LEASE_LOST } = SettleResult;

/** The least there is: who waits for its end waits as long. */
const shortLeaseMs = 1000;

/** Short, but over only after the call that extends it, on a slow machine too. */
const extensibleLeaseMs = 3000;

/** Longer than a call may take: who gets something has been woken, and has not looked again when the wait was over. */
const longWaitMs = 60_000;

const folder = temporaryFolder();
let aggregator: AggregatorProcess;
let log: EventLogWire;

beforeAll(async () => {
  aggregator = await launchAggregator({ dataDir: folder.path });
  log = grpcJsWire(aggregator.target);
});

afterAll(async () => {
  log.close();
  await aggregator.end('SIGTERM');
  folder[Symbol.dispose]();
});

const attempts = (deliveries: readonly Delivery[]) => deliveries.map(({ attempt }) => attempt);
const expiryMs = ({ leaseExpiryTime }: Delivery) => timestampMs(leaseExpiryTime!);

// At once, for most of the time they wait for leases.
describe.concurrent.each(consumerWires)('a member over %s', (name, open) => {
  let wire: ConsumerWire;

  beforeAll(() => {
    wire = open(aggregator);
  });

  afterAll(() => wire.close());

  const publishTo = (topic: string, ids: readonly string[]) =>
    log.publish(ids.map((eventId) => ({ topic, eventId, content: { case: 'payload', value: { id: eventId } } })));

  /** A group, and what is stored in the topic that it has for itself. */
  async function groupOf(
    part: string,
    ids: readonly string[],
    { leaseMs = 30_000, attemptsMax = 100 }: { readonly leaseMs?: number; readonly attemptsMax?: number } = {},
  ): Promise<WiredGroup> {
    const group = new WiredGroup(wire, `${part} · ${name}`);
    if (ids.length > 0) await publishTo(group.name, ids);
    await group.create({ filter: { topics: [group.name] }, leaseDuration: durationFromMs(leaseMs), attemptsMax });
    return group;
  }

  it('is given events as they are listed, each with its lease', async () => {
    const group = await groupOf('given', ['a', 'b', 'c'], { leaseMs: 60_000 });
    const before = Date.now();
    const deliveries = [...(await group.pull({ eventsMax: 2 })), ...(await group.pull())];
    const { events } = await log.list({ topic: group.name });
    expect(deliveries.map(({ entry }) => entry!.entry.value)).toEqual(events);
    expect(attempts(deliveries)).toEqual([1, 1, 1]);
    expect(new Set(deliveries.map(({ deliveryId }) => deliveryId)).size).toBe(3);
    for (const delivery of deliveries) {
      expect(expiryMs(delivery)).toBeGreaterThanOrEqual(before + 60_000);
      expect(expiryMs(delivery)).toBeLessThanOrEqual(Date.now() + 60_000);
    }
    expect(await group.pull()).toEqual([]);
  });

  it('that waits is woken by an event that is stored', async () => {
    const group = await groupOf('woken', []);
    for (const id of ['a', 'b', 'c']) {
      const pulled = group.pull({ waitMs: longWaitMs });
      // Answered behind the pull, which waits by now.
      await group.get();
      await publishTo(`another than ${group.name}`, [id]);
      await publishTo(group.name, [id]);
      const deliveries = await pulled;
      expect(eventIds(deliveries)).toEqual([id]);
      await group.acknowledge(...deliveries);
    }
  });

  it('waits no longer than it said', async () => {
    const group = await groupOf('nothing', []);
    const before = Date.now();
    expect(await group.pull({ waitMs: 200 })).toEqual([]);
    expect(Date.now()).toBeGreaterThanOrEqual(before + 200);
  });

  it('settles what it acknowledges for good, once', async () => {
    const group = await groupOf('acknowledged', ['a', 'b', 'c']);
    const [a, b, c] = (await group.pull()) as [Delivery, Delivery, Delivery];
    expect(await group.acknowledge(b, a, b)).toEqual([DONE, DONE, ALREADY_SETTLED]);
    expect(await group.acknowledge(a)).toEqual([ALREADY_SETTLED]);
    expect(await group.reject([c, a])).toEqual([DONE, LEASE_LOST]);
    expect(eventIds(await group.pull())).toEqual(['c']);
    expect(await group.get()).toMatchObject({ outstanding: 1 });
  });

  it('gets what is given back at once, or after its delay', async () => {
    const group = await groupOf('given back', ['a', 'b']);
    const before = Date.now();
    const [a, b] = (await group.pull()) as [Delivery, Delivery];
    expect(await group.reject([b], { delayMs: 700, reason: 'busy' })).toEqual([DONE]);
    expect(await group.reject([a])).toEqual([DONE]);
    const atOnce = await group.pull({ eventsMax: 1 });
    expect([eventIds(atOnce), attempts(atOnce)]).toEqual([['a'], [2]]);
    const later = await group.pull({ waitMs: longWaitMs });
    expect(Date.now()).toBeGreaterThanOrEqual(before + 700);
    expect([eventIds(later), attempts(later)]).toEqual([['b'], [2]]);
    expect(await group.acknowledge(b, ...atOnce)).toEqual([DONE, DONE]);
  });

  it('gets what another has not settled when its lease is over, and the work of either counts', async () => {
    const group = await groupOf('leased', ['a', 'b'], { leaseMs: shortLeaseMs });
    const first = (await group.pull({ member: 'first' })) as [Delivery, Delivery];
    const second = (await group.pull({ member: 'second', waitMs: longWaitMs })) as [Delivery, Delivery];
    expect(Date.now()).toBeGreaterThanOrEqual(expiryMs(first[0]));
    expect([eventIds(second), attempts(second)]).toEqual([
      ['a', 'b'],
      [2, 2],
    ]);
    expect(await group.reject([first[0]])).toEqual([LEASE_LOST]);
    expect((await group.extend([first[0]])).results).toEqual([LEASE_LOST]);
    // Late, but done: whoever has it now hears that it is settled.
    expect(await group.acknowledge(first[0])).toEqual([DONE]);
    expect(await group.acknowledge(...second)).toEqual([ALREADY_SETTLED, DONE]);
    expect(await group.acknowledge(first[1])).toEqual([ALREADY_SETTLED]);
    expect(await group.get()).toMatchObject({ outstanding: 0 });
  });

  it('keeps what it extends the lease of', async () => {
    const group = await groupOf('extended', ['a', 'b'], { leaseMs: extensibleLeaseMs });
    const [a, b] = (await group.pull()) as [Delivery, Delivery];
    const longer = await group.extend([a], 60_000);
    const { leaseExpiryTime } = longer;
    expect([longer.results, timestampMs(leaseExpiryTime!) > expiryMs(a) + 50_000]).toEqual([[DONE], true]);
    const byItsOwn = await group.extend([b]);
    expect(timestampMs(byItsOwn.leaseExpiryTime!)).toBeGreaterThanOrEqual(expiryMs(b));
    const another = await group.pull({ waitMs: longWaitMs });
    expect(Date.now()).toBeGreaterThanOrEqual(timestampMs(byItsOwn.leaseExpiryTime!));
    expect(eventIds(another)).toEqual(['b']);
    expect(await group.acknowledge(a)).toEqual([DONE]);
  });

  it('shares a group with another: each event goes to one of them', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `e${index}`);
    const group = await groupOf('shared', ids);
    const pull = (member: string) => group.pull({ member, eventsMax: 3 });
    const held = [await pull('first'), await pull('second')];
    expect(held.map(eventIds)).toEqual([ids.slice(0, 3), ids.slice(3, 6)]);
    const readOn = async (member: string, has: readonly Delivery[]) => {
      const seen: string[] = [];
      for (let deliveries = has; deliveries.length > 0; deliveries = await pull(member)) {
        seen.push(...eventIds(deliveries));
        await group.acknowledge(...deliveries);
      }
      return seen;
    };
    const seen = await Promise.all([readOn('first', held[0]!), readOn('second', held[1]!)]);
    expect(seen.flat().sort()).toEqual(ids.sort());
  });

  it('that streams has at most its window, and gets more as it settles', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const group = await groupOf('streamed', ids);
    const [first, second] = [group.stream(3, 'first'), group.stream(3, 'second')];
    const held = { first: await take(first, 3), second: await take(second, 3) };
    expect([...eventIds(held.first), ...eventIds(held.second)]).toEqual(ids.slice(0, 6));
    expect(await group.get()).toMatchObject({ outstanding: 6 });
    const next = take(second, 1);
    // Room at the one whose window it is, while the other one's is full.
    await group.acknowledge(held.second[0]!);
    expect(eventIds(await next)).toEqual(['g']);
    const again = take(first, 1);
    await group.reject([held.first[1]!]);
    const [b] = await again;
    expect([eventIds([b!]), b!.attempt]).toEqual([['b'], 2]);
    await Promise.all([first.return(), second.return()]);
  });

  it('that leaves its stream leaves what it had to others, after its lease', async () => {
    const group = await groupOf('left', ['a', 'b'], { leaseMs: shortLeaseMs });
    const stream = group.stream(10);
    const [a, b] = (await take(stream, 2)) as [Delivery, Delivery];
    await group.acknowledge(a);
    await stream.return();
    const others = await group.pull({ waitMs: longWaitMs });
    expect(Date.now()).toBeGreaterThanOrEqual(expiryMs(b));
    expect(eventIds(others)).toEqual(['b']);
  });
});

/** Exactly as many, in as few or as many answers as they come in. */
async function take(stream: ReturnType<WiredGroup['stream']>, count: number): Promise<Delivery[]> {
  const taken: Delivery[] = [];
  while (taken.length < count) {
    const { done, value } = await stream.next();
    if (done) throw new Error('the stream has ended');
    taken.push(...value.deliveries);
  }
  expect(taken).toHaveLength(count);
  return taken;
}
