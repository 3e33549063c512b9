import { create } from '@bufbuild/protobuf';
import { Code, createClient, createRouterTransport } from '@connectrpc/connect';
import { ConsumerService, type Delivery, EventSchema, SettleResult, StartPosition } from '@oncelog/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StandInGroups } from './stand-in-groups.ts';
import { StandInLog } from './stand-in-log.ts';
import { consumerRoutes } from './stand-in-routes.ts';

const { DONE, ALREADY_SETTLED, LEASE_LOST } = SettleResult;
const leaseMs = 30_000;

let log: StandInLog;
let consumers: ReturnType<typeof connect>;

function connect() {
  const groups = new StandInGroups(log);
  const transport = createRouterTransport((router) => void router.service(ConsumerService, consumerRoutes(groups)));
  return createClient(ConsumerService, transport);
}

function store(...ids: string[]): void {
  log.publish(ids.map((eventId) => create(EventSchema, { topic: 't', eventId })));
}

function idsOf(deliveries: readonly Delivery[]): (string | undefined)[] {
  return deliveries.map(({ entry }) => (entry!.entry.case === 'event' ? entry!.entry.value.event!.eventId : undefined));
}

const pull = async (eventsMax = 100) => (await consumers.pull({ group: 'g', eventsMax })).deliveries;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  log = new StandInLog();
  consumers = connect();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a group of the stand-in', () => {
  it('hands each event to one member', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a', 'b', 'c');
    expect(idsOf(await pull(2))).toEqual(['a', 'b']);
    expect(idsOf(await pull())).toEqual(['c']);
    expect(await pull()).toEqual([]);
  });

  it('delivers again when the lease is over, and never what is acknowledged', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a', 'b');
    const [first] = await pull();
    expect((await consumers.acknowledge({ group: 'g', deliveryIds: [first!.deliveryId] })).results).toEqual([DONE]);
    vi.setSystemTime(Date.now() + leaseMs);
    const again = await pull();
    expect([idsOf(again), again[0]!.attempt]).toEqual([['b'], 2]);
    const { results } = await consumers.acknowledge({ group: 'g', deliveryIds: [first!.deliveryId] });
    expect(results).toEqual([ALREADY_SETTLED]);
  });

  it('keeps a delivery with its member while the lease is extended', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a');
    const deliveryIds = (await pull()).map(({ deliveryId }) => deliveryId);
    vi.setSystemTime(Date.now() + leaseMs - 1);
    expect((await consumers.extendLease({ group: 'g', deliveryIds })).results).toEqual([DONE]);
    vi.setSystemTime(Date.now() + leaseMs - 1);
    expect(await pull()).toEqual([]);
    vi.setSystemTime(Date.now() + 1);
    expect((await consumers.extendLease({ group: 'g', deliveryIds })).results).toEqual([LEASE_LOST]);
  });

  it('delivers what is rejected after its delay, and buries it when its attempts are used up', async () => {
    await consumers.createGroup({ name: 'g', settings: { attemptsMax: 2 } });
    store('a');
    const reject = (deliveries: readonly Delivery[], reason: string) =>
      consumers.reject({ group: 'g', deliveryIds: [deliveries[0]!.deliveryId], delay: { seconds: 1n }, reason });
    await reject(await pull(), 'first');
    expect(await pull()).toEqual([]);
    vi.setSystemTime(Date.now() + 1000);
    await reject(await pull(), 'second');
    vi.setSystemTime(Date.now() + 1000);
    expect(await pull()).toEqual([]);
    const { deadLetters } = await consumers.listDeadLetters({ group: 'g' });
    expect(deadLetters).toMatchObject([{ attempts: 2, reason: 'second' }]);
    expect(await consumers.replayDeadLetters({ group: 'g' })).toMatchObject({ replayed: 1n });
    expect((await pull())[0]).toMatchObject({ attempt: 1 });
  });

  it('buries what nobody settled when its last lease is over', async () => {
    await consumers.createGroup({ name: 'g', settings: { attemptsMax: 1 } });
    store('a');
    const deliveryIds = (await pull()).map(({ deliveryId }) => deliveryId);
    vi.setSystemTime(Date.now() + leaseMs);
    expect(await pull()).toEqual([]);
    const { deadLetters } = await consumers.listDeadLetters({ group: 'g' });
    expect(deadLetters).toMatchObject([{ attempts: 1, reason: '' }]);
    expect((await consumers.acknowledge({ group: 'g', deliveryIds })).results).toEqual([DONE]);
    expect(await consumers.deleteDeadLetters({ group: 'g' })).toMatchObject({ deleted: 0n });
  });

  it('forgets what is outstanding when it is sought elsewhere', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a', 'b');
    const deliveryIds = (await pull()).map(({ deliveryId }) => deliveryId);
    await consumers.seekGroup({ group: 'g', target: { case: 'after', value: '1' } });
    expect((await consumers.acknowledge({ group: 'g', deliveryIds })).results).toEqual([LEASE_LOST, LEASE_LOST]);
    expect(idsOf(await pull())).toEqual(['b']);
    const target = { case: 'start', value: StartPosition.NOW } as const;
    expect((await consumers.seekGroup({ group: 'g', target })).group).toMatchObject({ cursor: '2', backlog: 0n });
  });

  it('waits for the first event', async () => {
    await consumers.createGroup({ name: 'g' });
    const waiting = consumers.pull({ group: 'g', wait: { seconds: 60n } });
    await consumers.getGroup({ name: 'g' });
    store('a');
    expect(idsOf((await waiting).deliveries)).toEqual(['a']);
  });

  it('streams no more than the window until something is settled', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a', 'b', 'c');
    const leaving = new AbortController();
    const stream = consumers.streamingPull({ group: 'g', windowEvents: 2 }, { signal: leaving.signal });
    const answers = stream[Symbol.asyncIterator]();
    const [first, second] = (await answers.next()).value!.deliveries;
    expect(idsOf([first!, second!])).toEqual(['a', 'b']);
    const next = answers.next();
    expect(await consumers.getGroup({ name: 'g' })).toMatchObject({ group: { outstanding: 2, backlog: 1n } });
    await consumers.acknowledge({ group: 'g', deliveryIds: [first!.deliveryId] });
    expect(idsOf((await next).value!.deliveries)).toEqual(['c']);
    leaving.abort();
  });

  it('is made once, refused with other settings, and not found when there is none', async () => {
    expect(await consumers.createGroup({ name: 'g' })).toMatchObject({ created: true });
    expect(await consumers.createGroup({ name: 'g', settings: {} })).toMatchObject({ created: false });
    const other = consumers.createGroup({ name: 'g', settings: { attemptsMax: 7 } });
    await expect(other).rejects.toMatchObject({ code: Code.AlreadyExists });
    await expect(consumers.pull({ group: 'none' })).rejects.toMatchObject({ code: Code.NotFound });
    expect((await consumers.listGroups({})).groups.map(({ name }) => name)).toEqual(['g']);
    expect(await consumers.deleteGroup({ name: 'g' })).toMatchObject({ deleted: true });
    expect(await consumers.deleteGroup({ name: 'g' })).toMatchObject({ deleted: false });
  });

  it('takes no answer to what it never delivered, or what a group before it did', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a', 'b');
    const [{ deliveryId }] = (await pull(1)) as [Delivery];
    const undelivered = deliveryId.replace('.1.1', '.2.1');
    const answer = async (id: string) => (await consumers.acknowledge({ group: 'g', deliveryIds: [id] })).results;
    expect(await answer(undelivered)).toEqual([LEASE_LOST]);
    await consumers.deleteGroup({ name: 'g' });
    await consumers.createGroup({ name: 'g' });
    await pull();
    expect(await answer(deliveryId)).toEqual([LEASE_LOST]);
  });

  it('refuses the id of no delivery by its place', async () => {
    await consumers.createGroup({ name: 'g' });
    store('a');
    const [{ deliveryId }] = (await pull()) as [Delivery];
    const refused = consumers.acknowledge({ group: 'g', deliveryIds: [deliveryId, 'x'] });
    await expect(refused).rejects.toThrow('delivery_ids[1]: is not the id of a delivery');
  });
});
