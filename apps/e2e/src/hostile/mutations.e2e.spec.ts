// Requests that were right before a few random changes: whatever they say now, the answer is never a fault of ours.
import { create, toBinary, toJsonString } from '@bufbuild/protobuf';
import {
  EventLogService,
  GetEventRequestSchema,
  ListEventsRequestSchema,
  PublishRequestSchema,
} from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeededRandom, type SeededRandom } from '../crash/seeded-random.ts';
import { http1Client, type HttpClient } from '../transports/raw-http.ts';
import { frame, type RawProtocol, rawProtocols } from '../transports/raw-rpc.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';

const seed = Number(process.env['ONCELOG_TEST_SEED'] ?? 20_261_121);
const requestsAltogether = Number(process.env['ONCELOG_TEST_MUTATIONS'] ?? 10_000);

/** Enough that the server is never idle, few enough that each answer comes well within its time. */
const inFlight = 32;

let server: BesiegedAggregator;
let protocols: RawProtocol[];
let rest: HttpClient;

beforeAll(async () => {
  server = await besiege();
  protocols = rawProtocols(server.process.port, inFlight);
  rest = http1Client(server.process.port, inFlight);
});

afterAll(async () => {
  for (const { http } of protocols) http.close();
  rest.close();
  await server.stop();
});

const { publish, listEvents, getEvent } = EventLogService.method;

const publishRequest = create(PublishRequestSchema, {
  events: [
    {
      topic: 'orders',
      eventId: 'order-1',
      source: 'web',
      attributes: { trace: '00-ab' },
      content: { case: 'payload', value: { total: 42, lines: [{ sku: 'ü', count: 1.5 }], paid: true, note: null } },
    },
    {
      topic: 'orders',
      eventId: 'order-2',
      timestamp: { seconds: 1_769_860_800n, nanos: 5 },
      content: { case: 'data', value: Buffer.from('hello') },
      contentType: 'text/plain',
    },
  ],
});
const listRequest = create(ListEventsRequestSchema, {
  topic: 'orders',
  source: 'web',
  pageSize: 5,
  since: { seconds: 1n, nanos: 0 },
  after: 'AQID',
});
const getRequest = create(GetEventRequestSchema, { topic: 'orders', eventId: 'order-1' });

const rpcRequests = [
  {
    method: publish,
    bytes: toBinary(PublishRequestSchema, publishRequest),
    json: toJsonString(PublishRequestSchema, publishRequest),
  },
  {
    method: listEvents,
    bytes: toBinary(ListEventsRequestSchema, listRequest),
    json: toJsonString(ListEventsRequestSchema, listRequest),
  },
  {
    method: getEvent,
    bytes: toBinary(GetEventRequestSchema, getRequest),
    json: toJsonString(GetEventRequestSchema, getRequest),
  },
];
const restEvents =
  '{"topic":"orders","event_id":"order-3","timestamp":"2026-01-31T19:00:00.123+07:00","attributes":{"a":"b"},' +
  '"payload":{"id":9007199254740993,"t":"\\u00e9"}}';
const restBodies = [
  restEvents,
  `[${restEvents},${restEvents}]`,
  `{"events":[${restEvents}]}`,
  '{"topic":"t","event_id":"e","data":"aGVsbG8=","content_type":"text/plain"}',
];
const restPaths = [
  '/events?topic=orders&limit=5&order=desc',
  '/events?since=2026-01-31T12:00:00Z&source=web',
  '/events/orders/order-1',
  '/stats',
  '/health',
];

const tokens = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\\u0000',
  '\\ud800',
  'null',
  '1e999',
  '-1',
  '9'.repeat(30),
  ' '.repeat(100),
  '['.repeat(200),
  '{"a":'.repeat(200),
  '\0',
  '\u202e',
  '%ff',
  '%',
  '__proto__',
];

/** One to four changes: a flipped bit, a byte gone, doubled or replaced, a piece cut, repeated or put in. */
function mutate(original: Uint8Array, random: SeededRandom): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let change = random.below(4); change >= 0; change -= 1) {
    const at = random.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + random.below(16));
    const before = bytes.subarray(0, at);
    const kind = random.below(7);
    if (kind === 0 && at < bytes.length) bytes[at]! ^= 1 << random.below(8);
    else if (kind === 1) bytes = Buffer.concat([before, bytes.subarray(end)]);
    else if (kind === 2) bytes = Buffer.concat([before, bytes.subarray(at, end), bytes.subarray(at)]);
    else if (kind === 3) bytes = Buffer.concat([before, Buffer.from([random.below(256)]), bytes.subarray(at)]);
    else if (kind === 4) bytes = Buffer.concat([before, Buffer.from(random.pick(tokens)), bytes.subarray(at)]);
    else if (kind === 5) bytes = Buffer.from(before);
    else if (at < bytes.length) bytes[at] = random.pick([0, 0x7f, 0x80, 0xff]);
  }
  return bytes;
}

interface Sent {
  /** What was sent, for whoever has to repeat it. */
  readonly what: string;
  readonly status: number;
  /** -1 over REST and for what was refused before it was known to be an RPC. */
  readonly grpcCode: number;
}

async function mutateRest(random: SeededRandom): Promise<Sent> {
  if (random.chance(0.25)) {
    // What no client library lets through is for the tests of raw sockets.
    const path = mutate(Buffer.from(random.pick(restPaths)), random)
      .toString('latin1')
      .replaceAll(/[^\x21-\x7e]/g, '~');
    const { status } = await rest.send({ method: 'GET', path: path.startsWith('/') ? path : `/${path}` });
    return { what: `GET ${path}`, status, grpcCode: -1 };
  }
  const body = mutate(Buffer.from(random.pick(restBodies)), random);
  const { status } = await rest.send({ path: '/publish', headers: { 'content-type': 'application/json' }, body });
  return { what: `POST /publish ${body.toString('base64')}`, status, grpcCode: -1 };
}

async function mutateRpc(protocol: RawProtocol, random: SeededRandom): Promise<Sent> {
  const { method, bytes, json } = random.pick(rpcRequests);
  const original = protocol.json ? Buffer.from(json) : bytes;
  // Of a framed body the frame itself may be hit too.
  const whole = protocol.framed && random.chance(0.3);
  const changed = whole ? mutate(frame(original), random) : mutate(original, random);
  const { status, grpcCode } = await protocol.call(whole ? { method, body: changed } : { method, message: changed });
  return { what: `${protocol.name} ${method.name} ${changed.toString('base64')}`, status, grpcCode };
}

// OK, invalid argument, not found, out of range, too large: what a wrong request can be answered.
const allowedCodes = new Set([-1, 0, 3, 5, 8, 11]);
const allowedStatuses = new Set([200, 400, 404, 405, 413, 415, 422, 429]);

describe(`${requestsAltogether} mutated requests`, () => {
  it('are each answered, never as a fault of the server', async () => {
    const random = createSeededRandom(seed);
    const kinds = [mutateRest, ...protocols.map((protocol) => (choices: SeededRandom) => mutateRpc(protocol, choices))];
    const seen = new Map<string, number>();
    let sent = 0;
    const worker = async (): Promise<void> => {
      while (sent < requestsAltogether) {
        const number = sent;
        sent += 1;
        // Its own seed, so that one request can be repeated alone.
        const requestSeed = random.below(2 ** 31);
        const hint = `ONCELOG_TEST_SEED=${seed}, request ${number} of seed ${requestSeed}`;
        const kind = kinds[number % kinds.length]!;
        const { what, status, grpcCode } = await kind(createSeededRandom(requestSeed)).catch((cause: unknown) => {
          throw new Error(`${hint} was not answered`, { cause });
        });
        expect(
          allowedStatuses.has(status) && allowedCodes.has(grpcCode),
          `${hint}: ${status}, gRPC ${grpcCode}: ${what}`,
        ).toBe(true);
        seen.set(`${status} ${grpcCode}`, (seen.get(`${status} ${grpcCode}`) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    // Neither all right nor all wrong: the changes were neither too small nor too large.
    expect(seen.get('200 0')).toBeGreaterThan(requestsAltogether / 100);
    expect(seen.get('400 3')).toBeGreaterThan(requestsAltogether / 100);
    expect(seen.get('422 -1')).toBeGreaterThan(0);
  }, 120_000);

  it('leave the log as it should be', async () => {
    const { received, unique_processed: stored, duplicate_dropped: dropped } = await server.counters();
    expect(stored).toBeGreaterThan(0);
    expect(received).toBe(stored + dropped);
    const { body } = await rest.send({ method: 'GET', path: '/events?limit=10000' });
    const events = JSON.parse(body.toString()) as { topic: string; event_id: string; position: number }[];
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: stored }, (_, index) => index + 1));
    expect(new Set(events.map(({ topic, event_id: id }) => JSON.stringify([topic, id]))).size).toBe(stored);
    expect(server.faults()).toEqual([]);
  });
});
