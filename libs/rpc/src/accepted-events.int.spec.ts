import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { jsonContent, sampleEvent } from '@oncelog/core/testing';
import {
  BrokerService,
  EventLogService,
  EventSchema,
  OutcomeStatus,
  PublishSessionRequestSchema,
  PublishStreamRequestSchema,
} from '@oncelog/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRestServer } from './rest/testing/rest-server.ts';
import { createAsyncIterable } from '@connectrpc/connect/protocol';
import { deadEntries, HoldingBroker } from './testing/holding-broker.ts';

const events = ['a', 'a', 'b'].map((eventId) => ({ topic: 't', eventId }));
const accepted = { status: OutcomeStatus.ACCEPTED, position: 0n };
const summaryOf = (count: bigint) => ({
  received: count,
  accepted: count,
  stored: 0n,
  duplicates: 0n,
  conflicts: 0n,
  firstPosition: 0n,
  lastPosition: 0n,
});

interface Wire {
  readonly name: string;
  /** A session needs both directions at once. */
  readonly duplex: boolean;
  readonly transport: (baseUrl: string, sessionManager: Http2SessionManager) => Transport;
}

const wires: readonly Wire[] = [
  {
    name: 'gRPC',
    duplex: true,
    transport: (baseUrl, sessionManager) => createGrpcTransport({ baseUrl, sessionManager }),
  },
  {
    name: 'gRPC beside the lean path',
    duplex: true,
    transport: (baseUrl, sessionManager) =>
      createGrpcTransport({
        baseUrl,
        sessionManager,
        interceptors: [(next) => (request) => next(withOrigin(request))],
      }),
  },
  {
    name: 'gRPC-Web',
    duplex: false,
    transport: (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
  },
  {
    name: 'Connect as JSON',
    duplex: false,
    transport: (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false }),
  },
  {
    name: 'Connect over HTTP/2',
    duplex: true,
    transport: (baseUrl, sessionManager) => createConnectTransport({ baseUrl, sessionManager, httpVersion: '2' }),
  },
];

/** With an origin a call leaves the lean path. */
function withOrigin<T extends { readonly header: Headers }>(request: T): T {
  request.header.set('origin', 'http://a');
  return request;
}

async function open(wire: Wire, withBroker = true) {
  const broker = new HoldingBroker();
  const server = await openRestServer(withBroker ? { broker } : {});
  const session = new Http2SessionManager(server.url);
  onTestFinished(async () => {
    session.abort();
    await server.close();
  });
  const transport = wire.transport(server.url, session);
  const log = createClient(EventLogService, transport);
  return { server, broker, log, dead: createClient(BrokerService, transport) };
}

describe.each(wires)('events that a broker takes over $name', (wire) => {
  it('are accepted one by one, without a position or a time', async () => {
    const { log, broker, server } = await open(wire);
    const { outcomes, summary } = await log.publish({ events });
    expect(outcomes).toMatchObject([accepted, accepted, accepted]);
    expect(outcomes.every(({ firstStoredTime }) => firstStoredTime === undefined)).toBe(true);
    expect(summary).toMatchObject(summaryOf(3n));
    expect(broker.held.map(({ eventId }) => eventId)).toEqual(['a', 'a', 'b']);
    expect(await server.entries()).toEqual([]);
  });

  it('are counted as accepted by the statistics of the broker, and by no counter of the log', async () => {
    const { log, broker } = await open(wire);
    await log.publish({ events });
    broker.dead = deadEntries(2, (id) => sampleEvent('t', id));
    expect(await log.getStats({})).toMatchObject({
      durability: 'accepted',
      store: 'memory',
      counters: { received: 0n },
      broker: { kind: 'holding', waitingEvents: 3n, deliveredEvents: 1n, deadEntries: 2n },
    });
  });

  it('can be seen and put back when they are set aside', async () => {
    const { dead, broker } = await open(wire);
    const payload = jsonContent('{"n":1}');
    const data = jsonContent('text', 'text/plain');
    const unreadable = { ...deadEntries(1, () => sampleEvent('t', 'x'))[0]!, id: '1', events: undefined };
    broker.dead = [
      { ...unreadable, raw: Buffer.from('??') },
      {
        ...unreadable,
        id: '2',
        events: [
          sampleEvent('t', 'a', { content: payload, attributes: { k: 'v' }, timestamp: { seconds: 5, nanos: 6 } }),
          sampleEvent('t', 'b', { content: data }),
        ],
      },
    ];
    const { entries, nextPageToken } = await dead.listDeadEntries({});
    expect(nextPageToken).toBe('');
    expect(entries[0]).toMatchObject({
      id: '1',
      reason: 'too odd',
      attempts: 5,
      deadTime: { seconds: 1_700_000_000n, nanos: 123_000_000 },
      events: [],
    });
    expect(Buffer.from(entries[0]!.raw).toString()).toBe('??');
    expect(entries[1]!.raw).toHaveLength(0);
    expect(entries[1]!.events[0]).toMatchObject({
      $typeName: EventSchema.typeName,
      topic: 't',
      eventId: 'a',
      source: 'tests',
      attributes: { k: 'v' },
      timestamp: { seconds: 5n, nanos: 6 },
      content: { case: 'payload', value: { n: 1 } },
    });
    expect(entries[1]!.events[1]!.timestamp).toBeUndefined();
    expect(entries[1]!.events[1]).toMatchObject({ contentType: 'text/plain', content: { case: 'data' } });
    expect(await dead.replayDeadEntries({ ids: ['2', '7'] })).toMatchObject({ replayed: 1n });
    expect(await dead.replayDeadEntries({})).toMatchObject({ replayed: 1n });
    expect(broker.held).toHaveLength(2);
  });

  it('cannot be asked for where there is no broker', async () => {
    const { dead } = await open(wire, false);
    const failure = await dead.listDeadEntries({}).catch((error: unknown) => ConnectError.from(error));
    expect(failure).toMatchObject({ code: Code.NotFound, rawMessage: expect.stringContaining('--broker redis://') });
  });
});

describe.each(wires.filter(({ duplex }) => duplex))('events that stream to a broker over $name', (wire) => {
  it('are summed up at the end of a stream', async () => {
    const { log } = await open(wire);
    const messages = [{ events }, { events: [events[0]!] }].map((each) => create(PublishStreamRequestSchema, each));
    const { summary } = await log.publishStream(createAsyncIterable(messages));
    expect(summary).toMatchObject(summaryOf(4n));
  });

  it('are answered message by message in a session', async () => {
    const { log } = await open(wire);
    const answers = [];
    const messages = [{ events }, { events: [events[0]!] }].map((each) => create(PublishSessionRequestSchema, each));
    for await (const answer of log.publishSession(createAsyncIterable(messages))) answers.push(answer);
    expect(answers.map(({ outcomes }) => outcomes.length)).toEqual([0, 3, 1]);
    expect(answers[1]).toMatchObject({ outcomes: [accepted, accepted, accepted], summary: summaryOf(3n) });
  });
});
