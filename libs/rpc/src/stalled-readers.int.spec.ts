import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { decodeCursor, defaultLimits, type EventStore } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { createConsumerGroups, createSubscriptions, type Subscriptions } from '@oncelog/delivery';
import { createIngest } from '@oncelog/ingest';
import { SubscribeRequestSchema, SubscribeResponseSchema } from '@oncelog/protocol';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { createLogger } from '@oncelog/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceState } from './handlers/service-state.ts';
import { createServer, type Server } from './server.ts';

const limits = { ...defaultLimits, readerStallMs: 150 };

/** Some 25 MB: more than all buffers on the way hold, so that who does not read is seen not to. */
const eventCount = 5000;
const content = jsonContent(JSON.stringify({ text: 'x'.repeat(5000) }));

const subscribePath = '/oncelog.v1.EventLogService/Subscribe';
const request = toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema));

let store: EventStore;
let subscriptions: Subscriptions;
let server: Server;
let url: string;

beforeAll(async () => {
  store = createMemoryEventStore();
  await append(store, [Array.from({ length: eventCount }, (_, at) => sampleEvent('t', `e${at}`, { content }))]);
  subscriptions = createSubscriptions({ store, limits });
  server = createServer({
    store,
    ingest: createIngest({ log: store, limits }),
    subscriptions,
    consumers: createConsumerGroups({ store, limits }),
    limits,
    state: createServiceState({ version: 'spec' }),
    logger: createLogger({ level: 'silent', name: 'spec' }),
  });
  const { port } = await server.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${port}`;
});

afterAll(() => server.close(0));

function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** The messages of a body, and what its last frame says when it is no message. */
function framesOf(body: Buffer): { cursors: string[]; end: Buffer | undefined } {
  const cursors: string[] = [];
  for (let at = 0; at < body.length;) {
    const length = body.readUInt32BE(at + 1);
    const bytes = body.subarray(at + 5, at + 5 + length);
    if (body[at] !== 0) return { cursors, end: bytes };
    cursors.push(fromBinary(SubscribeResponseSchema, bytes).message.value!.cursor);
    at += 5 + length;
  }
  return { cursors, end: undefined };
}

/** Its reader may not know yet. */
async function subscriptionEnded(): Promise<void> {
  await expect.poll(() => subscriptions.count, { interval: 5 }).toBe(0);
}

function positionOf(cursor: string | undefined): number {
  return decodeCursor(store.logId, cursor!, 'cursor');
}

/** A reader that opens its subscription, reads nothing until the server has given it up, and then the rest. */
const stalledReaders: Record<string, () => Promise<{ cursors: string[]; failure: string }>> = {
  async 'gRPC, on the lean path'() {
    const session = http2.connect(url);
    const type = 'application/grpc';
    const stream = session.request({ ':method': 'POST', ':path': subscribePath, 'content-type': type });
    stream.end(frame(request));
    await once(stream, 'response');
    await subscriptionEnded();
    const trailers = once(stream, 'trailers') as Promise<[http2.IncomingHttpHeaders]>;
    const { cursors } = framesOf(await buffer(stream));
    const [{ 'grpc-status': status, 'grpc-status-details-bin': details }] = await trailers;
    session.close();
    expect(status).toBe('10');
    return { cursors, failure: Buffer.from(String(details), 'base64').toString('latin1') };
  },

  async 'gRPC-Web over HTTP/1.1, on the general path'() {
    const type = 'application/grpc-web+proto';
    const { cursors, end } = framesOf(await readLate(subscribePath, type, frame(request)));
    const details = /grpc-status-details-bin: (\S+)/.exec(end!.toString())?.[1];
    return { cursors, failure: Buffer.from(details!, 'base64').toString('latin1') };
  },

  async 'Connect over HTTP/1.1'() {
    const type = 'application/connect+proto';
    const { cursors, end } = framesOf(await readLate(subscribePath, type, frame(request)));
    const { error } = JSON.parse(end!.toString()) as { error: { code: string; details: { value: string }[] } };
    expect(error.code).toBe('aborted');
    const details = error.details.map(({ value }) => Buffer.from(value, 'base64').toString('latin1'));
    return { cursors, failure: details.join() };
  },

  async 'Server-Sent Events'() {
    const body = (await readLate('/subscribe')).toString();
    const cursors = [...body.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id!);
    return { cursors, failure: /event: failure\ndata: (.*)/.exec(body)![1]! };
  },
};

async function readLate(path: string, type?: string, body?: Buffer): Promise<Buffer> {
  const headers = type === undefined ? {} : { 'content-type': type };
  const call = http.request(url + path, { method: body ? 'POST' : 'GET', headers, agent: false });
  call.end(body);
  const [response] = (await once(call, 'response')) as [http.IncomingMessage];
  await subscriptionEnded();
  return buffer(response);
}

describe('a reader that takes nothing', () => {
  it.each(Object.keys(stalledReaders))('is ended with the cursor to go on from, over %s', async (name) => {
    const { cursors, failure } = await stalledReaders[name]!();
    expect(failure).toContain('READER_STALLED');
    const last = cursors.at(-1)!;
    expect(failure).toContain(last);
    expect(positionOf(last)).toBeLessThan(eventCount);
    // Whole and in order as far as it goes: what was on its way has not been lost.
    const positions = cursors.map(positionOf);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  });

  it('holds up nobody else on its connection', async () => {
    const session = http2.connect(url);
    const open = () => {
      const type = 'application/grpc';
      const stream = session.request({ ':method': 'POST', ':path': subscribePath, 'content-type': type });
      stream.end(frame(request));
      stream.on('error', () => {});
      return stream;
    };
    const stalled = open();
    const reading = open();
    await once(stalled, 'response');
    let bytes = 0;
    for await (const chunk of reading) {
      bytes += (chunk as Buffer).length;
      if (bytes > eventCount * 5000) break;
    }
    session.destroy();
    expect(bytes).toBeGreaterThan(eventCount * 5000);
    await subscriptionEnded();
  });
});
