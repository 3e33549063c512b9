import { create, toBinary } from '@bufbuild/protobuf';
import { EventLogService, ListEventsRequestSchema, SubscribeRequestSchema } from '@oncelog/protocol';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../transports/grpc-js-wire.ts';
import { type Http2Client, http1Client, http2Client, type HttpClient } from '../transports/raw-http.ts';
import { frame, type RawProtocol, rawProtocols } from '../transports/raw-rpc.ts';
import { restFailure } from '../transports/wire-failure.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';
import { dial } from './raw-socket.ts';

const { subscribe, listEvents } = EventLogService.method;

let server: BesiegedAggregator;
let protocols: RawProtocol[];
let rest: HttpClient;

beforeAll(async () => {
  server = await besiege();
  protocols = rawProtocols(server.process.port);
  rest = http1Client(server.process.port);
  await rest.send({ path: '/publish', body: '{"topic":"t","event_id":"e"}' });
});

afterAll(async () => {
  for (const { http } of protocols) http.close();
  rest.close();
  await server.stop();
});

async function subscribers(): Promise<number> {
  const { body } = await protocols
    .find(({ json }) => json)!
    .http.send({ path: pathOf(EventLogService.method.getStats), body: '{}' });
  return Number((JSON.parse(body.toString()) as { subscribers?: string }).subscribers ?? 0);
}

async function subscribersAre(count: number): Promise<void> {
  while ((await subscribers()) !== count) await new Promise((resolve) => setImmediate(resolve));
}

type SubscribeInit = Parameters<typeof create<typeof SubscribeRequestSchema>>[1];
const request = (init: SubscribeInit) => toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, init));
const untilNow = frame(request({ endWhenCaughtUp: true }));

describe('the request of a subscription', () => {
  it.each([
    ['a length of 0xFFFFFFFF', Buffer.from('00ffffffff', 'hex'), 8, 'BODY_TOO_LARGE'],
    ['flags that no request uses', frame('', 2), 3, 'MALFORMED'],
    ['a compressed flag without an encoding', frame('', 1), 3, 'MALFORMED'],
    ['half a header', untilNow.subarray(0, 3), 3, 'MALFORMED'],
    ['half a message', untilNow.subarray(0, -1), 3, 'MALFORMED'],
    ['nothing', Buffer.alloc(0), 3, 'MALFORMED'],
    ['two requests', Buffer.concat([untilNow, untilNow]), 3, 'MALFORMED'],
    ['words', Buffer.from('hello there, this is no frame'), 3, 'MALFORMED'],
    ['half a million topics', frame(filterOf(500_000)), 3, 'RULE_BROKEN'],
    ['a negative heartbeat', frame(request({ heartbeatInterval: { seconds: -1n } })), 3, 'RULE_BROKEN'],
    ['a heartbeat of 10^12 s', frame(request({ heartbeatInterval: { seconds: 10n ** 12n } })), 3, 'RULE_BROKEN'],
    ['a heartbeat of nanos alone', frame(request({ heartbeatInterval: { nanos: 2_000_000_000 } })), 3, 'RULE_BROKEN'],
    ['a cursor that is none', frame(request({ after: 'x'.repeat(1_000_000) })), 3, 'RULE_BROKEN'],
  ])('is refused at once: %s', async (_name, body, grpcCode, code) => {
    for (const protocol of protocols.filter(({ framed }) => framed)) {
      const answer = await protocol.call({ method: subscribe, body });
      expect([protocol.name, answer.status, answer.grpcCode]).toEqual([protocol.name, 200, grpcCode]);
      expect(answer.facts).toMatchObject({ code, outcome: 'none' });
    }
  });

  it('of a list is refused as well when its times are none', async () => {
    const init = { since: { seconds: 5n, nanos: -1 } };
    const message = toBinary(ListEventsRequestSchema, create(ListEventsRequestSchema, init));
    for (const protocol of protocols.filter(({ json }) => !json)) {
      const { facts } = await protocol.call({ method: listEvents, message });
      expect(facts, protocol.name).toMatchObject({ code: 'RULE_BROKEN', field: 'since', outcome: 'none' });
    }
  });
});

function filterOf(topics: number): Uint8Array {
  const empty = Buffer.alloc(2 * topics, Buffer.from('0a00', 'hex'));
  const varint = [(empty.length & 127) | 128, ((empty.length >> 7) & 127) | 128, empty.length >> 14];
  return Buffer.concat([Buffer.from([0x0a, ...varint]), empty]);
}

describe('the query of GET /subscribe', () => {
  it.each([
    ['topic=%ff', 'topic'],
    ['topic=', 'topic[0]'],
    ['topic=%00', 'topic[0]'],
    [Array(101).fill('topic=a').join('&'), 'topic'],
    ['attribute=x', 'attribute'],
    ['attribute.=x', 'attribute.'],
    ['attribute.k=1&attribute.k=2', 'attribute.k'],
    ['from=later', 'from'],
    ['from=now&from=now', 'from'],
    ['from=now&after=AA', 'from'],
    ['until=never', 'until'],
    ['heartbeat=0', 'heartbeat'],
    ['heartbeat=1e9', 'heartbeat'],
    ['heartbeat=NaN', 'heartbeat'],
    ['after=AQAAAAAAAAAAAAAAAA', 'after'],
    ['nothing=known', 'nothing'],
  ])('is refused by name: %s', async (query, field) => {
    const { status, body } = await rest.send({ method: 'GET', path: `/subscribe?${query}` });
    const { facts } = restFailure(status, body.toString());
    expect(facts).toMatchObject({ status: 422, code: 'RULE_BROKEN', field, outcome: 'none' });
  });

  it.each(['x', 'null', 'a, b', '\x80\xff', 'A'.repeat(9000)])('goes with no Last-Event-ID like %j', async (id) => {
    const { status, body } = await rest.send({ method: 'GET', path: '/subscribe', headers: { 'last-event-id': id } });
    const { facts } = restFailure(status, body.toString());
    expect(facts).toMatchObject({ status: 422, code: 'RULE_BROKEN', field: 'last-event-id' });
  });

  it('is for GET and HEAD alone', async () => {
    for (const method of ['POST', 'OPTIONS', 'PUT', 'DELETE']) {
      const { status, headers } = await rest.send({ method, path: '/subscribe' });
      expect([method, status, headers['allow']]).toEqual([method, 405, 'GET']);
    }
    expect(await rest.send({ method: 'HEAD', path: '/subscribe' })).toMatchObject({ status: 200 });
  });
});

describe('subscribers that leave', () => {
  it('are gone when they asked thousands of times ahead on one connection', async () => {
    const { socket, until } = await dial(server.process.port);
    socket.write('GET /subscribe?from=now&heartbeat=1 HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3000));
    await until('caught-up');
    expect(await subscribers()).toBeGreaterThan(100);
    socket.destroy();
    await subscribersAre(0);
  });

  it('are gone with their connection, which holds 256 of them', async () => {
    const client = http2Client(server.process.port);
    // The bound holds once the client knows of it.
    await client.send({ method: 'GET', path: '/livez' });
    for (let stream = 0; stream < 300; stream += 1) open(client);
    await subscribersAre(256);
    client.close();
    await subscribersAre(0);
    expect(server.faults()).toEqual([]);
  });

  it('are gone after a thousand visits', async () => {
    const client = http2Client(server.process.port);
    for (let visit = 0; visit < 1000; visit += 1) {
      const stream = open(client, untilNow).resume();
      await once(stream, 'close');
    }
    client.close();
    await subscribersAre(0);
    expect(server.faults()).toEqual([]);
  });
});

function open({ session }: Http2Client, body: Uint8Array = frame('')) {
  const headers = { ':method': 'POST', ':path': pathOf(subscribe), 'content-type': 'application/grpc', te: 'trailers' };
  const stream = session.request(headers);
  stream.on('error', () => {});
  stream.end(body);
  return stream;
}

describe('afterwards', () => {
  it('the server answers, and logged no fault of its own', async () => {
    expect(await server.counters()).toMatchObject({ received: 1, unique_processed: 1 });
    expect(server.faults()).toEqual([]);
  });
});
