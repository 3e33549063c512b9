import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises'; // clock: see pollMs
import { create, fromBinary, fromJsonString, toBinary, toJsonString } from '@bufbuild/protobuf';
import { EventLogService, SubscribeRequestSchema, SubscribeResponseSchema } from '@oncelog/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { grpcJsWire, pathOf } from './grpc-js-wire.ts';
import { type Answer, answerOf, http2Client } from './raw-http.ts';
import { type ConnectErrorBody, connectFailure, frame, grpcOutcome, grpcWebOutcome } from './raw-rpc.ts';
import { type FailureFacts, restFailure } from './wire-failure.ts';

const topic = 'stalled';
const contentBytes = 200_000;

/** Nobody tells when a reader is given up; asked without a pause, for half a minute, it would cost a core. */
const pollMs = 50;

/** Some 50 MB: more than the sockets on the way of a reader hold. */
const eventCount = 250;

const subscribePath = pathOf(EventLogService.method.subscribe);
const request = create(SubscribeRequestSchema, { filter: { topics: [topic] } });

type StalledAnswer = Pick<Answer, 'status' | 'headers' | 'trailers' | 'body'>;

/** Begins an answer and takes nothing of it; what it gives back takes the rest. */
type Stall = (port: number, type: string, body: Buffer | undefined) => Promise<() => Promise<StalledAnswer>>;

const overHttp1: Stall = async (port, type, body) => {
  const [method, path] = body ? ['POST', subscribePath] : ['GET', `/subscribe?topic=${topic}`];
  const headers = { 'content-type': type };
  const call = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  call.end(body);
  const [response] = (await once(call, 'response')) as [http.IncomingMessage];
  const status = response.statusCode!;
  return async () => ({ status, headers: {}, trailers: {}, body: await buffer(response) });
};

const overHttp2: Stall = async (port, type, body) => {
  const client = http2Client(port);
  const stream = client.session.request({ ':method': 'POST', ':path': subscribePath, 'content-type': type });
  const answer = answerOf(stream);
  stream.pause();
  stream.end(body);
  await once(stream, 'response');
  return async () => {
    stream.resume();
    return answer.finally(() => client.close());
  };
};

const isJson = (type: string) => type.endsWith('json');

function framesOf(body: Buffer): { readonly messages: Buffer[]; readonly end: Buffer | undefined } {
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= body.length;) {
    const bytes = body.subarray(at + 5, at + 5 + body.readUInt32BE(at + 1));
    if (body[at] !== 0) return { messages, end: bytes };
    messages.push(bytes);
    at += 5 + bytes.length;
  }
  return { messages, end: undefined };
}

function cursorsIn({ body }: StalledAnswer, type: string): string[] {
  return framesOf(body).messages.map((bytes) => {
    const response = isJson(type)
      ? fromJsonString(SubscribeResponseSchema, bytes.toString())
      : fromBinary(SubscribeResponseSchema, bytes);
    return response.message.value!.cursor;
  });
}

function connectEnd({ body }: StalledAnswer): FailureFacts {
  const { error } = JSON.parse(framesOf(body).end!.toString()) as { error: ConnectErrorBody };
  return connectFailure(error).facts;
}

const sseFailure = ({ body }: StalledAnswer) =>
  restFailure(0, /event: failure\ndata: (.*)/.exec(body.toString())![1]!).facts;
const sseCursors = ({ body }: StalledAnswer) => [...body.toString().matchAll(/^id: (\S+)$/gm)].map(([, id]) => id!);

const readers: readonly [string, Stall, string, (answer: StalledAnswer) => FailureFacts | undefined][] = [
  ['gRPC', overHttp2, 'application/grpc+proto', (answer) => grpcOutcome(answer).facts],
  ['gRPC-Web', overHttp1, 'application/grpc-web+proto', (answer) => grpcWebOutcome(answer).facts],
  ['Connect with protobuf', overHttp1, 'application/connect+proto', connectEnd],
  ['Connect with JSON', overHttp1, 'application/connect+json', connectEnd],
  ['Connect with protobuf over HTTP/2', overHttp2, 'application/connect+proto', connectEnd],
  ['Server-Sent Events', overHttp1, 'text/event-stream', sseFailure],
];

describe('READER_STALLED', () => {
  let aggregator: AggregatorProcess;
  let wire: ReturnType<typeof grpcJsWire>;
  /** By place, what each reader got in the end: all of them do not read during the same half minute. */
  let answers: StalledAnswer[];

  beforeAll(async () => {
    aggregator = await launchAggregator();
    wire = grpcJsWire(aggregator.target);
    for (let index = 0; index < eventCount; index += 1) {
      const content = { case: 'data', value: new Uint8Array(contentBytes) } as const;
      await wire.publish([{ topic, eventId: `e${index}`, content }]);
    }
    const stalled = readers.map(async ([name, stall, type]) => {
      const message = isJson(type)
        ? toJsonString(SubscribeRequestSchema, request)
        : toBinary(SubscribeRequestSchema, request);
      return stall(aggregator.port, type, name === 'Server-Sent Events' ? undefined : frame(message));
    });
    const read = await Promise.all(stalled);
    // A stalled reader is told within a grace of seconds: they read on as soon as the last one is given up.
    while ((await wire.stats()).subscribers > 0n) await delay(pollMs);
    answers = await Promise.all(read.map((each) => each()));
  });

  afterAll(async () => {
    wire.close();
    await aggregator.end('SIGTERM');
  });

  it.each(readers)('says after half a minute where to go on, over %s', async (name, _stall, type, failureIn) => {
    const answer = answers[readers.findIndex(([each]) => each === name)]!;
    expect(answer.status).toBe(200);
    const isSse = name === 'Server-Sent Events';
    const cursors = isSse ? sseCursors(answer) : cursorsIn(answer, type);
    const cursor = cursors.at(-1)!;
    expect(failureIn(answer)).toMatchObject({
      code: 'READER_STALLED',
      field: 'reader',
      limit: '30000',
      outcome: 'none',
      cursor,
      ...(!isSse && { grpcCode: 10 }),
    });
    // One event fills a batch, so that what follows the last cursor is all that was not read.
    const after = await wire.list({ topic, after: cursor, pageSize: 1 });
    expect(after.events.map(({ event }) => event!.eventId)).toEqual([`e${cursors.length}`]);
  });
});
