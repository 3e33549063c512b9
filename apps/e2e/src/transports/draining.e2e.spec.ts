import { create, toBinary, toJsonString } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ErrorInfoSchema, EventLogService, PublishRequestSchema, PublishSummarySchema } from '@oncelog/protocol';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { pathOf } from './grpc-js-wire.ts';
import { answerOf, http2Client } from './raw-http.ts';
import { frame } from './raw-rpc.ts';
import { findInStatus, restFailure, rpcFailure } from './wire-failure.ts';

const request = create(PublishRequestSchema, { events: [{ topic: 't', eventId: 'late' }] });
const publishPath = pathOf(EventLogService.method.publish);

/** Sends the first part of a body when the server has asked for it, and gives back how to send the rest. */
async function beginHttp1(port: number, path: string, type: string, body: string) {
  const socket: Socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  const closed = once(socket, 'close');
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\n` +
      `content-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`,
  );
  await once(socket, 'data');
  answer = '';
  return async () => {
    socket.write(body);
    await closed;
    const [head = '', text = ''] = answer.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), text };
  };
}

async function beginGrpc(port: number) {
  const client = http2Client(port);
  const stream = client.session.request({
    ':method': 'POST',
    ':path': publishPath,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
  });
  const answer = answerOf(stream);
  const body = frame(toBinary(PublishRequestSchema, request));
  stream.write(body.subarray(0, 3));
  // Answered after the stream above has begun, for they share a connection.
  await client.send({ method: 'GET', path: '/livez' });
  return async () => {
    stream.end(body.subarray(3));
    const { trailers } = await answer;
    client.close();
    return trailers;
  };
}

async function drainBegun(aggregator: AggregatorProcess): Promise<void> {
  while (!aggregator.log().includes('"draining"')) await new Promise((resolve) => setImmediate(resolve));
}

it('refuses what completes while it drains, with the code to come back with, and stores nothing of it', async () => {
  const aggregator = await launchAggregator({ args: ['--drain-timeout-ms', '15000'] });
  const json = toJsonString(PublishRequestSchema, request);
  const finishRest = await beginHttp1(
    aggregator.port,
    '/publish',
    'application/json',
    '{"topic":"t","event_id":"late"}',
  );
  const finishConnect = await beginHttp1(aggregator.port, publishPath, 'application/json', json);
  const finishGrpc = await beginGrpc(aggregator.port);
  const exit = aggregator.end('SIGTERM');
  await drainBegun(aggregator);

  const rest = await finishRest();
  expect(rest.status).toBe(503);
  expect(restFailure(503, rest.text).facts).toMatchObject({
    code: 'SHUTTING_DOWN',
    outcome: 'none',
    retryAfterMs: 1000,
  });
  expect(rest.head).toContain('retry-after: 1');

  const connectAnswer = await finishConnect();
  expect(connectAnswer.status).toBe(503);
  expect(JSON.parse(connectAnswer.text)).toMatchObject({ code: 'unavailable' });

  const trailers = await finishGrpc();
  const details = Buffer.from(trailers['grpc-status-details-bin']!, 'base64');
  expect(rpcFailure(Number(trailers['grpc-status']), '', findInStatus(details)).facts).toMatchObject({
    grpcCode: 14,
    code: 'SHUTTING_DOWN',
    outcome: 'none',
    retryAfterMs: 1000,
  });
  expect(await exit).toEqual({ code: 0, signal: null });
});

it('ends a stream that is open and idle at once, and tells it what is stored of it', async () => {
  const aggregator = await launchAggregator({ args: ['--drain-timeout-ms', '600000'] });
  const client = createClient(EventLogService, createGrpcTransport({ baseUrl: aggregator.url }));
  async function* oneMessageThenSilence() {
    yield { events: request.events };
    await new Promise(() => {});
  }
  const failed = client.publishStream(oneMessageThenSilence()).catch((error: unknown) => ConnectError.from(error));
  await storedEvents(aggregator, 1);
  expect(await aggregator.end('SIGTERM')).toEqual({ code: 0, signal: null });

  const error = (await failed) as ConnectError;
  expect(error.code).toBe(Code.Unavailable);
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: 'SHUTTING_DOWN' }]);
  expect(error.findDetails(PublishSummarySchema)).toMatchObject([{ received: 1n, stored: 1n }]);
});

async function storedEvents(aggregator: AggregatorProcess, count: number): Promise<void> {
  for (;;) {
    const stats = (await (await fetch(`${aggregator.url}/stats`)).json()) as { unique_processed: number };
    if (stats.unique_processed === count) return;
  }
}
