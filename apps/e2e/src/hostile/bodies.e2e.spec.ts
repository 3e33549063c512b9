import { EventLogService } from '@oncelog/protocol';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http1Client, type HttpClient } from '../transports/raw-http.ts';
import { frame, type RawProtocol, rawProtocols } from '../transports/raw-rpc.ts';
import { restFailure } from '../transports/wire-failure.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';

const { publish } = EventLogService.method;

let server: BesiegedAggregator;
let protocols: RawProtocol[];
let rest: HttpClient;

beforeAll(async () => {
  server = await besiege();
  protocols = rawProtocols(server.process.port);
  rest = http1Client(server.process.port);
});

afterAll(async () => {
  for (const { http } of protocols) http.close();
  rest.close();
  await server.stop();
});

async function publishRest(body: Uint8Array | string, headers: Record<string, string> = {}) {
  const answer = await rest.send({
    path: '/publish',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.status, facts: restFailure(answer.status, answer.body.toString()).facts };
}

async function refusals(json: boolean, message: Uint8Array | string, headers?: Record<string, string>) {
  const answers = [];
  for (const protocol of protocols.filter((one) => one.json === json)) {
    const { status, grpcCode, facts } = await protocol.call({ method: publish, message, ...(headers && { headers }) });
    if (!protocol.framed) expect(status).toBe(grpcCode === 8 ? 429 : 400);
    answers.push({ name: protocol.name, grpcCode, ...facts });
  }
  return answers;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Structs inside each other. */
function nested(levels: number): Buffer {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
  let struct = Buffer.alloc(0);
  for (let level = 0; level < levels; level += 1) {
    const value = Buffer.concat([Buffer.from([0x2a, ...varint(struct.length)]), struct]);
    const entry = Buffer.concat([Buffer.from([0x0a, 1, 0x61, 0x12, ...varint(value.length)]), value]);
    struct = Buffer.concat([Buffer.from([0x0a, ...varint(entry.length)]), entry]);
  }
  const event = Buffer.concat([hex('0a 01 74 12 01 65'), Buffer.from([0x32, ...varint(struct.length)]), struct]);
  return Buffer.concat([Buffer.from([0x0a, ...varint(event.length)]), event]);
}

describe('protobuf', () => {
  it.each([
    ['a varint without end', hex('0affffffffffffffffffffff'), 'MALFORMED', 'request'],
    ['a message cut short', hex('0a050a0174'), 'MALFORMED', 'events'],
    ['field 0', hex('0001'), 'MALFORMED', 'request'],
    ['a topic that is not UTF-8', hex('0a040a02c328'), 'MALFORMED', 'events[0].topic'],
    ['a number for a topic', hex('0a020801'), 'MALFORMED', 'events[0].topic'],
    ['a group', hex('4b4c'), 'MALFORMED', 'request'],
    ['2,000 structs inside each other', nested(2000), 'MALFORMED', undefined],
    ['40 structs inside each other', nested(40), 'RULE_BROKEN', 'events[0].payload'],
    ['no events', Buffer.alloc(0), 'RULE_BROKEN', 'events'],
    ['an empty event', hex('0a00'), 'RULE_BROKEN', 'events[0].topic'],
    ['half a million empty events', Buffer.alloc(1_000_000, hex('0a00')), 'TOO_MANY_EVENTS', 'events'],
    [
      'infinity in a payload',
      hex('0a18 0a0174 120165 3210 0a0e 0a0161 1209 11000000000000f07f'),
      'RULE_BROKEN',
      'events[0].payload',
    ],
    ['words', Buffer.from('GET / HTTP/1.1'), 'MALFORMED', undefined],
  ])('that is wrong is refused on every protocol: %s', async (_name, message, code, field) => {
    for (const answer of await refusals(false, message)) {
      expect([answer.grpcCode, answer.code, answer.outcome], answer.name).toEqual([3, code, 'none']);
      if (field !== undefined) expect(answer.field, answer.name).toBe(field);
    }
  });
});

describe('JSON', () => {
  const event = (members: string) => `{"topic":"t","event_id":"e",${members}}`;
  const rpc = (members: string) => `{"events":[{"topic":"t","eventId":"e",${members}}]}`;
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

  it.each([
    ['nothing', '', '', 'MALFORMED', 400, undefined],
    ['half a text', '{"topic":"t', '{"events":[', 'MALFORMED', 400, undefined],
    ['a depth bomb', '['.repeat(1_000_000), '['.repeat(1_000_000), 'MALFORMED', 400, undefined],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from([0x22, 0xff, 0x22]),
      'MALFORMED',
      400,
      undefined,
    ],
    [
      'a NUL in a key',
      '{"topic":"a\\u0000b","event_id":"e"}',
      '{"events":[{"topic":"a\\u0000b","eventId":"e"}]}',
      'RULE_BROKEN',
      422,
      'events[0].topic',
    ],
    [
      'a line end in a key',
      '{"topic":"t","event_id":"a\\r\\nb"}',
      '{"events":[{"topic":"t","eventId":"a\\r\\nb"}]}',
      'RULE_BROKEN',
      422,
      'events[0].event_id',
    ],
    [
      'an empty id',
      '{"topic":"t","event_id":""}',
      '{"events":[{"topic":"t","eventId":""}]}',
      'RULE_BROKEN',
      422,
      'events[0].event_id',
    ],
    [
      'an id of 513 bytes',
      `{"topic":"t","event_id":"${'é'.repeat(257)}"}`,
      `{"events":[{"topic":"t","eventId":"${'é'.repeat(257)}"}]}`,
      'RULE_BROKEN',
      422,
      'events[0].event_id',
    ],
    [
      'a payload nested 33 levels',
      event(`"payload":${deep(33)}`),
      rpc(`"payload":${deep(33)}`),
      'RULE_BROKEN',
      422,
      'events[0].payload',
    ],
    [
      'too many attributes',
      event(`"attributes":{${Array.from({ length: 65 }, (_, index) => `"k${index}":""`)}}`),
      rpc(`"attributes":{${Array.from({ length: 65 }, (_, index) => `"k${index}":""`)}}`),
      'RULE_BROKEN',
      422,
      'events[0].attributes',
    ],
  ])(
    'that is wrong is refused in the same words over REST and RPC: %s',
    async (_name, restBody, rpcBody, code, status, field) => {
      const overRest = await publishRest(restBody);
      expect([overRest.status, overRest.facts.code, overRest.facts.outcome]).toEqual([status, code, 'none']);
      const [overRpc] = await refusals(true, rpcBody);
      expect([overRpc!.grpcCode, overRpc!.code, overRpc!.outcome]).toEqual([3, code, 'none']);
      if (field !== undefined) expect([overRest.facts.field, overRpc!.field]).toEqual([field, field]);
    },
  );

  it.each([
    ['an unknown field', rpc('"evntId":"x"'), 'events[0].evntId'],
    ['a number for a topic', '{"events":[{"topic":5}]}', 'events[0].topic'],
    [
      'an integer out of range',
      '{"events":[{"topic":"t","eventId":"e","timestamp":{"seconds":1}}]}',
      'events[0].timestamp',
    ],
    ['a time in year 0', rpc('"timestamp":"0000-01-01T00:00:00Z"'), 'events[0].timestamp'],
    ['a time that is a number', rpc('"timestamp":1e20'), 'events[0].timestamp'],
    ['half a surrogate pair', '{"events":[{"topic":"\\ud800","eventId":"e"}]}', 'events[0].topic'],
    ['a list for a payload', rpc('"payload":[]'), 'events[0].payload'],
  ])('with %s is refused with its path on RPC', async (_name, body, field) => {
    const [answer] = await refusals(true, body);
    expect(answer).toMatchObject({ grpcCode: 3, code: 'MALFORMED', field, outcome: 'none' });
  });

  it.each([
    ['a time in year 0', event('"timestamp":"0000-01-01T00:00:00Z"'), 'events[0].timestamp'],
    ['a time that is a number', event('"timestamp":1e20'), 'events[0].timestamp'],
    ['a time that is text', event('"timestamp":"1e20"'), 'events[0].timestamp'],
    ['a time past the calendar', event('"timestamp":"9999-12-31T23:59:59-00:01"'), 'events[0].timestamp'],
    ['half a surrogate pair', '{"topic":"\\ud800","event_id":"e"}', 'events[0].topic'],
    ['a printed payload', event('"payload":"{}"'), 'events[0].payload'],
    ['a second event that is wrong', '[{"topic":"t","event_id":"e"},{"topic":"t"}]', 'events[1].event_id'],
  ])('with %s is refused with its path over REST', async (_name, body, field) => {
    expect(await publishRest(body)).toMatchObject({
      status: 422,
      facts: { code: 'RULE_BROKEN', field, outcome: 'none' },
    });
  });
});

describe('gzip', () => {
  const bomb = gzipSync(Buffer.alloc(200_000_000), { level: 9 });

  it('that inflates past the bound is refused on every protocol, quickly', async () => {
    expect(bomb.length).toBeLessThan(200_000);
    expect(await publishRest(bomb, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 413,
      facts: { code: 'BODY_TOO_LARGE', outcome: 'none' },
    });
    for (const protocol of protocols) {
      const { framed } = protocol;
      const headers = framed ? { 'grpc-encoding': 'gzip' } : { 'content-encoding': 'gzip' };
      const answer = await protocol.call({ method: publish, body: framed ? frame(bomb, 1) : bomb, headers });
      expect([protocol.name, answer.grpcCode, answer.facts!.code]).toEqual([protocol.name, 8, 'BODY_TOO_LARGE']);
    }
  });

  it('that is none is refused on every protocol', async () => {
    expect(await publishRest('not gzip', { 'content-encoding': 'gzip' })).toMatchObject({
      status: 400,
      facts: { code: 'MALFORMED' },
    });
    for (const protocol of protocols) {
      const { framed } = protocol;
      const headers = framed ? { 'grpc-encoding': 'gzip' } : { 'content-encoding': 'gzip' };
      const answer = await protocol.call({
        method: publish,
        body: framed ? frame('not gzip', 1) : Buffer.from('not gzip'),
        headers,
      });
      expect([protocol.name, answer.grpcCode, answer.facts!.code]).toEqual([protocol.name, 3, 'MALFORMED']);
    }
  });

  it('cut short is refused, and an unknown encoding is not served', async () => {
    const whole = gzipSync('{"topic":"t","event_id":"e"}');
    expect(await publishRest(whole.subarray(0, -9), { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 });
    for (const protocol of protocols) {
      const headers: Record<string, string> = protocol.framed
        ? { 'grpc-encoding': 'br' }
        : { 'content-encoding': 'br' };
      const answer = await protocol.call({ method: publish, message: 'x', headers });
      expect([protocol.name, answer.grpcCode], JSON.stringify(answer)).toEqual([protocol.name, 12]);
    }
  });
});

describe('half a million empty events, fifty times at once', () => {
  it('are refused quickly, and /livez answers meanwhile', async () => {
    const bombs = rawProtocols(server.process.port, 50);
    const connect = bombs.find(({ name }) => name === 'Connect with protobuf')!;
    const message = Buffer.alloc(1_000_000, hex('0a00'));
    const started = performance.now();
    let answered = 0;
    const refused = Array.from({ length: 50 }, async () => {
      const { facts } = await connect.call({ method: publish, message });
      answered += 1;
      return facts!.code;
    });
    const alive: number[] = [];
    while (answered < 50) {
      const asked = performance.now();
      expect((await rest.send({ method: 'GET', path: '/livez' })).status).toBe(200);
      alive.push(performance.now() - asked);
    }
    expect(await Promise.all(refused)).toEqual(Array(50).fill('TOO_MANY_EVENTS'));
    // Decoded first, they took 23 s; a busy machine may be slow, but not that slow.
    expect(performance.now() - started).toBeLessThan(8000);
    expect(Math.max(...alive)).toBeLessThan(4000);
    for (const { http } of bombs) http.close();
  });
});

describe('afterwards', () => {
  it('the server answers, has received nothing, and logged no fault of its own', async () => {
    expect(await server.counters()).toMatchObject({ received: 0, unique_processed: 0 });
    expect(server.faults()).toEqual([]);
  });
});
