// The failures that a client can bring about by itself, on every protocol. What needs a fault of the machine (a full
// disk, a store that is gone, damaged data, an expired cursor) is walked in the unit specs of the mapping. Next door:
// wrong-requests for methods and media types, reader-stalled.faults for what takes half a minute of not reading.
import { create, type DescMessage, type MessageInitShape, toBinary, toJsonString } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import {
  ConsumerService,
  CreateGroupRequestSchema,
  EventLogService,
  GetEventRequestSchema,
  PublishRequestSchema,
} from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import type { EventInit } from './event-log-wire.ts';
import { http1Client, type HttpClient } from './raw-http.ts';
import { frame, type RawProtocol, rawProtocols } from './raw-rpc.ts';
import { type FailureFacts, restFailure } from './wire-failure.ts';

const requestBytesMax = 600_000;
const { publish, getEvent } = EventLogService.method;
const { createGroup } = ConsumerService.method;

let aggregator: AggregatorProcess;
let protocols: RawProtocol[];
let rest: HttpClient;

beforeAll(async () => {
  aggregator = await launchAggregator({ args: ['--request-bytes-max', String(requestBytesMax)] });
  protocols = rawProtocols(aggregator.port);
  rest = http1Client(aggregator.port);
});

afterAll(async () => {
  for (const { http } of protocols) http.close();
  rest.close();
  await aggregator.end('SIGTERM');
});

function event(eventId: string, contentBytes = 2): EventInit {
  return { topic: 't', eventId, content: { case: 'data', value: new Uint8Array(contentBytes) } };
}

const small = { topic: 't', event_id: 'e' };

interface Row {
  readonly code: string;
  readonly grpcCode: Code;
  /** Over Connect without frames. */
  readonly httpStatus: number;
  readonly restStatus: number;
  readonly events: readonly EventInit[] | 'malformed';
  readonly rest: unknown;
  readonly facts: Partial<FailureFacts>;
  readonly restFacts?: Partial<FailureFacts>;
}

const rows: readonly Row[] = [
  {
    code: 'MALFORMED',
    grpcCode: Code.InvalidArgument,
    httpStatus: 400,
    restStatus: 400,
    events: 'malformed',
    rest: '{"topic":',
    facts: {},
    restFacts: { field: 'body' },
  },
  {
    code: 'RULE_BROKEN',
    grpcCode: Code.InvalidArgument,
    httpStatus: 400,
    restStatus: 422,
    events: [event('a'), event('x'.repeat(513))],
    rest: [small, { ...small, event_id: 'x'.repeat(513) }],
    facts: { field: 'events[1].event_id', limit: '512', actual: '513', fields: ['events[1].event_id'] },
  },
  {
    code: 'TOO_MANY_EVENTS',
    grpcCode: Code.InvalidArgument,
    httpStatus: 400,
    restStatus: 422,
    events: Array.from({ length: 1001 }, (_, index) => event(`many-${index}`)),
    rest: Array.from({ length: 10_001 }, () => small),
    facts: { field: 'events', limit: '1000', actual: '1001' },
    restFacts: { field: 'events', limit: '10000', actual: '10001' },
  },
  {
    code: 'EVENT_TOO_LARGE',
    grpcCode: Code.InvalidArgument,
    httpStatus: 400,
    restStatus: 422,
    events: [event('large', 262_145)],
    rest: { ...small, data: Buffer.alloc(262_145).toString('base64') },
    facts: { field: 'events[0].data', limit: '262144', actual: '262145' },
  },
  {
    code: 'BODY_TOO_LARGE',
    grpcCode: Code.ResourceExhausted,
    httpStatus: 429,
    restStatus: 413,
    events: [event('too large', requestBytesMax)],
    rest: { ...small, payload: { text: 'x'.repeat(requestBytesMax) } },
    facts: { field: 'request', limit: String(requestBytesMax) },
  },
];

function messageOf({ events }: Row, json: boolean): Uint8Array | string {
  if (events === 'malformed') return json ? '{"events":[{"topic":' : Uint8Array.of(0x0a, 0x05, 0x0a);
  return encoded(PublishRequestSchema, { events: [...events] }, json);
}

function encoded<Desc extends DescMessage>(
  schema: Desc,
  init: MessageInitShape<Desc>,
  json: boolean,
): Uint8Array | string {
  const request = create(schema, init);
  return json ? toJsonString(schema, request) : toBinary(schema, request);
}

async function stats(): Promise<Record<string, number>> {
  const { body } = await rest.send({ method: 'GET', path: '/stats' });
  return JSON.parse(body.toString()) as Record<string, number>;
}

describe.each(rows)('$code', (row) => {
  const { code, grpcCode, httpStatus, restStatus } = row;

  it.each([0, 1, 2, 3, 4])('is the same on RPC protocol %#', async (index) => {
    const protocol = protocols[index]!;
    const before = await stats();
    const answer = await protocol.call({ method: publish, message: messageOf(row, protocol.json) });
    expect([protocol.name, answer.status, answer.grpcCode]).toEqual([
      protocol.name,
      protocol.framed ? 200 : httpStatus,
      grpcCode,
    ]);
    expect(answer.facts).toMatchObject({ code, outcome: 'none', ...row.facts });
    expect(answer.facts!.retryAfterMs).toBeUndefined();
    const after = await stats();
    expect([after['received'], after['refused_requests']]).toEqual([
      before['received'],
      before['refused_requests']! + 1,
    ]);
  });

  it('is the same over REST', async () => {
    const before = await stats();
    const body = typeof row.rest === 'string' ? row.rest : JSON.stringify(row.rest);
    const answer = await rest.send({ path: '/publish', headers: { 'content-type': 'application/json' }, body });
    expect(answer.status).toBe(restStatus);
    expect(restFailure(answer.status, answer.body.toString()).facts).toMatchObject({
      code,
      outcome: 'none',
      ...row.facts,
      ...row.restFacts,
    });
    expect(answer.headers['retry-after']).toBeUndefined();
    const after = await stats();
    expect([after['received'], after['refused_requests']]).toEqual([
      before['received'],
      before['refused_requests']! + 1,
    ]);
  });
});

describe('NOT_FOUND', () => {
  it('is 404 or not_found for an event', async () => {
    for (const protocol of protocols) {
      const message = encoded(GetEventRequestSchema, { topic: 'none', eventId: 'none' }, protocol.json);
      const answer = await protocol.call({ method: getEvent, message });
      expect([protocol.name, answer.status, answer.grpcCode]).toEqual([
        protocol.name,
        protocol.framed ? 200 : 404,
        Code.NotFound,
      ]);
      expect(answer.facts).toMatchObject({ code: 'NOT_FOUND', outcome: 'none' });
    }
    const answer = await rest.send({ method: 'GET', path: '/events/none/none' });
    expect([answer.status, restFailure(404, answer.body.toString()).facts.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('is unimplemented for a method of gRPC, and 404 for a path', async () => {
    const [grpc] = protocols;
    const path = '/oncelog.v1.EventLogService/Erase';
    const answer = await grpc!.http.send({
      path,
      headers: { 'content-type': 'application/grpc', te: 'trailers' },
      body: frame(''),
    });
    expect([answer.status, answer.headers['grpc-status']]).toEqual([200, String(Code.Unimplemented)]);
    for (const method of ['GET', 'POST', 'DELETE']) {
      const unknown = await rest.send({ method, path: '/nothing/here' });
      expect([unknown.status, restFailure(404, unknown.body.toString()).facts.code]).toEqual([404, 'NOT_FOUND']);
    }
  });
});

describe('ALREADY_EXISTS', () => {
  it.each([0, 1, 2, 3, 4])('is the same on RPC protocol %# for a group with other settings', async (index) => {
    const protocol = protocols[index]!;
    const createWith = (attemptsMax: number) => {
      const init = { name: protocol.name, settings: { attemptsMax } };
      return protocol.call({ method: createGroup, message: encoded(CreateGroupRequestSchema, init, protocol.json) });
    };
    expect(await createWith(3)).toMatchObject({ status: 200, grpcCode: 0 });
    const before = await stats();
    const answer = await createWith(4);
    expect([answer.status, answer.grpcCode]).toEqual([protocol.framed ? 200 : 409, Code.AlreadyExists]);
    expect(answer.facts).toMatchObject({
      code: 'ALREADY_EXISTS',
      field: 'name',
      actual: protocol.name,
      outcome: 'none',
    });
    expect((await stats())['refused_requests']).toBe(before['refused_requests']! + 1);
  });
});
