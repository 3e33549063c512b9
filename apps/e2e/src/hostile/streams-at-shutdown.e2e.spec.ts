import { once } from 'node:events';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  ConsumerService,
  EventLogService,
  PublishSessionRequestSchema,
  PullRequestSchema,
  StreamingPullRequestSchema,
  SubscribeRequestSchema,
} from '@oncelog/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { launchAggregator } from '../launch/aggregator-process.ts';
import { temporaryFolder } from '../launch/temporary-folder.ts';
import { pathOf } from '../transports/grpc-js-wire.ts';
import { answerOf, http2Client } from '../transports/raw-http.ts';
import { frame } from '../transports/raw-rpc.ts';
import { findInStatus, rpcFailure } from '../transports/wire-failure.ts';

const subscriptions = 50;
const sessions = 20;
const pulls = 10;
const uploads = 5;
const drainTimeoutMs = 10_000;

it('SIGTERM ends open streams of every kind with a reason, and the aggregator exits with 0', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const aggregator = await launchAggregator({ dataDir: folder.path });
  onTestFinished(async () => void (await aggregator.end('SIGKILL')));
  const client = http2Client(aggregator.port);
  onTestFinished(() => client.close());
  const json = { 'content-type': 'application/json' };
  await client.send({ path: '/publish', body: '{"topic":"t","event_id":"first"}' });
  // Filtered so that nothing comes: a pull that waits, and not one that has its answer.
  const settings = { filter: { topics: ['nothing'] } };
  const group = { name: 'g', settings };
  await client.send({ path: pathOf(ConsumerService.method.createGroup), headers: json, body: JSON.stringify(group) });

  const open = (method: Parameters<typeof pathOf>[0], message: Uint8Array, ends: boolean) => {
    const headers = { ':method': 'POST', ':path': pathOf(method), 'content-type': 'application/grpc', te: 'trailers' };
    const stream = client.session.request(headers);
    const answer = answerOf(stream);
    const answering = once(stream, 'data');
    stream.write(frame(message));
    if (ends) stream.end();
    return { answer, answering };
  };
  const times = <Result>(count: number, make: (index: number) => Result) =>
    Array.from({ length: count }, (_, n) => make(n));

  const subscribed = times(subscriptions, () =>
    open(EventLogService.method.subscribe, toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema)), true),
  );
  const published = times(sessions, (n) => {
    const events = [{ topic: 't', eventId: `session ${n}` }];
    const request = create(PublishSessionRequestSchema, { events });
    return open(EventLogService.method.publishSession, toBinary(PublishSessionRequestSchema, request), false);
  });
  const waiting = create(PullRequestSchema, { group: 'g', wait: { seconds: 60n } });
  const pulled = times(pulls, () => open(ConsumerService.method.pull, toBinary(PullRequestSchema, waiting), true));
  const streaming = create(StreamingPullRequestSchema, { group: 'g' });
  const streamed = times(pulls, () =>
    open(ConsumerService.method.streamingPull, toBinary(StreamingPullRequestSchema, streaming), true),
  );
  const uploaded = times(uploads, (n) => upload(aggregator.port, `{"topic":"t","event_id":"line ${n}"}\n`));
  await Promise.all([...subscribed, ...published].map(({ answering }) => answering));
  await Promise.all(uploaded.map(({ answering }) => answering));

  const startMs = performance.now();
  expect(await aggregator.end('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(performance.now() - startMs).toBeLessThan(drainTimeoutMs / 2);

  for (const { answer } of subscribed) {
    expect(failureOf(await answer)).toMatchObject({ code: 'SHUTTING_DOWN', cursor: expect.stringMatching(/^[\w-]+$/) });
  }
  for (const { answer } of published) expect(failureOf(await answer)).toMatchObject({ code: 'SHUTTING_DOWN' });
  for (const { answer } of streamed) expect(failureOf(await answer)).toMatchObject({ code: 'SHUTTING_DOWN' });
  // A pull that waits is answered with nothing, as when its wait is over.
  for (const { answer } of pulled) expect((await answer).trailers['grpc-status']).toBe('0');
  for (const { answer } of uploaded) {
    const lines = (await answer).trimEnd().split('\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({ outcome: 'STORED' });
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ error: { code: 'SHUTTING_DOWN' } });
  }
  expect(aggregator.log()).not.toMatch(/"level":"(?:error|fatal)"/);
});

function failureOf({ trailers }: Awaited<ReturnType<typeof answerOf>>) {
  const find = findInStatus(Buffer.from(trailers['grpc-status-details-bin'] ?? '', 'base64'));
  return rpcFailure(Number(trailers['grpc-status']), trailers['grpc-message'] ?? '', find).facts;
}

/** Lines whose end never comes, with an answer to each. */
function upload(port: number, line: string) {
  const headers = { 'content-type': 'application/x-ndjson', accept: 'application/x-ndjson' };
  const call: ClientRequest = httpRequest({ host: '127.0.0.1', port, method: 'POST', path: '/publish', headers });
  const { promise: answering, resolve: begin } = Promise.withResolvers<void>();
  const answer = new Promise<string>((resolve, reject) => {
    call.on('error', reject);
    call.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
        begin();
      });
      response.on('close', () => resolve(text));
    });
  });
  answer.catch(() => {});
  call.write(line);
  return { answer, answering };
}
