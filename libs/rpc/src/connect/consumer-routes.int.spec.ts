import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { defaultLimits, encodeCursor, type EventStore, OncelogError } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { type ConsumerGroups, createConsumerGroups } from '@oncelog/delivery';
import {
  BadRequestSchema,
  ConsumerService,
  ContentView,
  type Delivery,
  ErrorInfoSchema,
  SettleResult,
  StartPosition,
} from '@oncelog/protocol';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { createLogger } from '@oncelog/telemetry';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServiceState } from '../handlers/service-state.ts';
import { createDualServer, type DualServer } from '../port/dual-server.ts';
import { consumerRoutes } from './consumer-routes.ts';
import { createRpcListener } from './rpc-listener.ts';

const { DONE, ALREADY_SETTLED, LEASE_LOST } = SettleResult;

let store: EventStore;
let consumers: ConsumerGroups;
let shutdown: AbortController;
let server: DualServer;
let session: Http2SessionManager;
let client: Client<typeof ConsumerService>;

beforeEach(async () => {
  store = createMemoryEventStore();
  consumers = createConsumerGroups({ store, limits: defaultLimits });
  shutdown = new AbortController();
  const listener = createRpcListener({
    state: createServiceState({ version: 'spec' }),
    logger: createLogger({ level: 'silent', name: 'spec' }),
    limits: defaultLimits,
    shutdownSignal: shutdown.signal,
    routes: (router) => router.service(ConsumerService, consumerRoutes({ store, consumers })),
  });
  server = createDualServer((request, response) => void listener.handle(request, response));
  const { port } = await server.listen(0, '127.0.0.1');
  const baseUrl = `http://127.0.0.1:${port}`;
  session = new Http2SessionManager(baseUrl);
  client = createClient(ConsumerService, createGrpcTransport({ baseUrl, sessionManager: session }));
});

afterEach(async () => {
  session.abort();
  await server.close(0);
  await consumers.close();
  await store.close();
});

let published = 0;

async function publish(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => sampleEvent('orders', `o${(published += 1)}`));
  await append(store, [events]);
}

const group = 'billing';
const create = (settings = {}) => client.createGroup({ name: group, settings });
const pull = async (more = {}) => (await client.pull({ group, member: 'm', ...more })).deliveries;
const idsOf = (deliveries: readonly Delivery[]) => deliveries.map(({ deliveryId }) => deliveryId);
const positionsOf = (deliveries: readonly { entry?: Delivery['entry'] }[]) =>
  deliveries.map(({ entry }) => Number(entry?.entry.value?.position ?? 0));

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.unreachable('the call succeeded'),
    (error: unknown) => ConnectError.from(error),
  );
}

describe('groups over gRPC', () => {
  it('are made, made again, shown, listed and deleted', async () => {
    await publish(3);
    const settings = { filter: { topicPrefixes: ['ord'] }, leaseDuration: durationFromMs(60_000), attemptsMax: 3 };
    const after = encodeCursor(store.logId, 1);
    const { group: made, created } = await client.createGroup({ name: group, settings, after });
    expect(created).toBe(true);
    expect(made).toMatchObject({
      name: group,
      settings: { filter: { topicPrefixes: ['ord'] }, leaseDuration: { seconds: 60n }, attemptsMax: 3 },
      cursor: after,
      outstanding: 0,
      backlog: 2n,
      deadLetters: 0n,
    });
    expect((await client.createGroup({ name: group, settings })).created).toBe(false);
    await pull({ eventsMax: 1 });
    expect((await client.getGroup({ name: group })).group).toMatchObject({ outstanding: 1, backlog: 1n });
    expect((await client.listGroups({})).groups.map(({ name }) => name)).toEqual([group]);
    expect(await client.deleteGroup({ name: group })).toMatchObject({ deleted: true });
    expect(await client.deleteGroup({ name: group })).toMatchObject({ deleted: false });
  });

  it('stand before the first event with an empty cursor, which leads back there', async () => {
    await publish(2);
    await create();
    expect((await client.getGroup({ name: group })).group!.cursor).toBe('');
    await pull();
    const { group: sought } = await client.seekGroup({ group, target: { case: 'after', value: '' } });
    expect(sought).toMatchObject({ cursor: '', outstanding: 0, backlog: 2n });
  });

  it('deliver, extend, reject and settle, with one result for each delivery', async () => {
    await publish(3);
    await create();
    const before = Date.now();
    const deliveries = await pull({ contentView: ContentView.DATA });
    expect(positionsOf(deliveries)).toEqual([1, 2, 3]);
    expect(deliveries[0]).toMatchObject({
      attempt: 1,
      entry: { entry: { case: 'event', value: { event: { topic: 'orders', content: { case: 'data' } } } } },
    });
    expect(Number(deliveries[0]!.leaseExpiryTime!.seconds) * 1000).toBeGreaterThanOrEqual(before + 29_000);
    const [first, second, third] = idsOf(deliveries) as [string, string, string];
    const extended = await client.extendLease({ group, deliveryIds: [first], leaseDuration: durationFromMs(60_000) });
    expect(extended.results).toEqual([DONE]);
    expect(extended.leaseExpiryTime!.seconds).toBeGreaterThan(deliveries[0]!.leaseExpiryTime!.seconds);
    const settled = await client.acknowledge({ group, deliveryIds: [second, first, second] });
    expect(settled.results).toEqual([DONE, DONE, ALREADY_SETTLED]);
    expect((await client.reject({ group, deliveryIds: [third, second] })).results).toEqual([DONE, LEASE_LOST]);
    expect((await pull()).map(({ attempt }) => attempt)).toEqual([2]);
  });

  it('deliver erased events as what is left of them', async () => {
    await publish(1);
    await create();
    await store.erase('orders', `o${published}`);
    expect((await pull())[0]!.entry!.entry.case).toBe('erased');
  });

  it('answer a pull that waits as soon as an event is stored', async () => {
    await create();
    const pulled = pull({ wait: durationFromMs(60_000) });
    await publish(1);
    expect(await pulled).toHaveLength(1);
  });

  it('are sought by cursor, by time and to either end', async () => {
    await publish(4);
    await create();
    const seek = async (target: Parameters<typeof client.seekGroup>[0]['target']) => {
      const sought = (await client.seekGroup({ group, target: target! })).group!;
      return Number(sought.backlog);
    };
    expect(await seek({ case: 'after', value: encodeCursor(store.logId, 3) })).toBe(1);
    expect(await seek({ case: 'start', value: StartPosition.NOW })).toBe(0);
    expect(await seek({ case: 'start', value: StartPosition.BEGINNING })).toBe(4);
    expect(await seek({ case: 'since', value: timestampFromMs(Date.now() + 60_000) })).toBe(0);
    expect(await seek({ case: 'since', value: timestampFromMs(0) })).toBe(4);
  });

  it('list dead letters page by page, deliver them again and settle them', async () => {
    await publish(3);
    await create({ attemptsMax: 1 });
    await client.reject({ group, deliveryIds: idsOf(await pull()), reason: 'no stock' });
    const first = await client.listDeadLetters({ group, pageSize: 2 });
    expect(positionsOf(first.deadLetters)).toEqual([1, 2]);
    expect(first.deadLetters[0]).toMatchObject({ attempts: 1, reason: 'no stock' });
    const second = await client.listDeadLetters({ group, pageSize: 2, pageToken: first.nextPageToken });
    expect(positionsOf(second.deadLetters)).toEqual([3]);
    expect(second.nextPageToken).toBe('');
    expect((await client.replayDeadLetters({ group, positions: [2n] })).replayed).toBe(1n);
    expect(positionsOf(await pull())).toEqual([2]);
    expect((await client.deleteDeadLetters({ group })).deleted).toBe(2n);
    expect((await client.listDeadLetters({ group })).deadLetters).toEqual([]);
  });
});

describe('a streaming pull', () => {
  it('delivers what comes, within its window, until the client leaves', async () => {
    await create();
    const leaving = new AbortController();
    const received: number[] = [];
    await publish(5);
    const call = client.streamingPull({ group, member: 'm', windowEvents: 2 }, { signal: leaving.signal });
    const end = await failureOf(
      (async () => {
        for await (const { deliveries } of call) {
          expect(deliveries.length).toBeLessThanOrEqual(2);
          received.push(...positionsOf(deliveries));
          if (received.length === 5) leaving.abort();
          else await client.acknowledge({ group, deliveryIds: idsOf(deliveries) });
        }
      })(),
    );
    expect(end.code).toBe(Code.Canceled);
    expect(received).toEqual([1, 2, 3, 4, 5]);
    expect((await client.getGroup({ name: group })).group!.outstanding).toBe(1);
  });

  it('ends with SHUTTING_DOWN when the server stops, and a pull that waits with nothing', async () => {
    await create();
    await publish(1);
    const stream = client.streamingPull({ group, member: 'm' })[Symbol.asyncIterator]();
    await stream.next();
    const pulled = pull({ wait: durationFromMs(60_000) });
    const streamed = failureOf(stream.next());
    // Another call over the same connection has been answered: the pull before it has arrived.
    await client.listGroups({});
    shutdown.abort(new OncelogError('SHUTTING_DOWN', 'the server is shutting down'));
    expect((await streamed).findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'SHUTTING_DOWN' }]);
    expect(await pulled).toEqual([]);
  });

  it('is refused before it begins when its group is not there', async () => {
    const call = client.streamingPull({ group: 'none' })[Symbol.asyncIterator]();
    const error = await failureOf(call.next());
    expect([error.code, error.rawMessage]).toEqual([
      Code.NotFound,
      'there is no consumer group "none"; create it first',
    ]);
  });
});

describe('a refusal over gRPC', () => {
  const wrongView = 9 as ContentView;

  it.each<[field: string, call: () => Promise<unknown>]>([
    ['name', () => client.createGroup({ name: '' })],
    ['settings.filter.topics[1]', () => create({ filter: { topics: ['a', ''] } })],
    ['settings.lease_duration', () => create({ leaseDuration: durationFromMs(1) })],
    ['settings.attempts_max', () => create({ attemptsMax: 1001 })],
    ['after', () => client.createGroup({ name: 'n', after: 'x' })],
    ['after', () => client.createGroup({ name: 'n', after: encodeCursor(store.logId, 9) })],
    ['start', () => client.createGroup({ name: 'n', start: 7 as StartPosition })],
    ['events_max', () => pull({ eventsMax: 1001 })],
    ['wait', () => pull({ wait: durationFromMs(60_001) })],
    ['content_view', () => pull({ contentView: wrongView })],
    ['content_view', () => client.listDeadLetters({ group, contentView: wrongView })],
    ['delivery_ids', () => client.acknowledge({ group })],
    ['delivery_ids[3]', () => client.acknowledge({ group, deliveryIds: ['1.1.1.1', '1.1.1.1', '1.1.1.1', 'x'] })],
    ['delay', () => client.reject({ group, deliveryIds: ['1.1.1.1'], delay: durationFromMs(-1) })],
    ['lease_duration', () => client.extendLease({ group, deliveryIds: ['1.1.1.1'], leaseDuration: durationFromMs(1) })],
    ['target', () => client.seekGroup({ group })],
    ['after', () => client.seekGroup({ group, target: { case: 'after', value: encodeCursor(store.logId, 9) } })],
    ['start', () => client.seekGroup({ group, target: { case: 'start', value: 7 as StartPosition } })],
    ['page_size', () => client.listDeadLetters({ group, pageSize: -1 })],
    ['page_token', () => client.listDeadLetters({ group, pageToken: encodeCursor(store.logId, 1) })],
    ['positions[0]', () => client.replayDeadLetters({ group, positions: [0n] })],
  ])('names %s', async (field, call) => {
    await create();
    const error = await failureOf(call());
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'RULE_BROKEN', metadata: { field } }]);
    expect(error.findDetails(BadRequestSchema)).toMatchObject([{ fieldViolations: [{ field }] }]);
  });

  it('says that the name is taken with other settings', async () => {
    await create();
    const error = await failureOf(create({ attemptsMax: 9 }));
    expect(error.code).toBe(Code.AlreadyExists);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'ALREADY_EXISTS', metadata: { field: 'name' } },
    ]);
  });

  it('refuses a page token of another group', async () => {
    await publish(2);
    await create({ attemptsMax: 1 });
    await client.reject({ group, deliveryIds: idsOf(await pull()) });
    const { nextPageToken } = await client.listDeadLetters({ group, pageSize: 1 });
    await client.createGroup({ name: 'other' });
    const error = await failureOf(client.listDeadLetters({ group: 'other', pageToken: nextPageToken }));
    expect(error.rawMessage).toContain('page_token: belongs to a listing with another filter');
  });
});
