import { once } from 'node:events';
import { constants } from 'node:http2';
import { fromBinary } from '@bufbuild/protobuf';
import { PublishSessionResponseSchema } from '@oncelog/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerOf, comparedServer, type ComparedServerOptions, until } from './testing/compared-server.ts';
import { data, frame, message, publishSessionPath, several } from './testing/publish-frames.ts';

async function openServer(options: ComparedServerOptions) {
  const server = comparedServer(options);
  await server.open();
  onTestFinished(() => server.close());
  return server;
}

/** The same ten events again and again: some 500 KB of answers, for a client that takes a few of them unread. */
const messages = 2000;
const body = Buffer.concat(Array.from({ length: messages }, () => message(...several(10))));

async function narrowConnection(server: Awaited<ReturnType<typeof openServer>>) {
  const connection = server.connection();
  onTestFinished(() => void connection.cut());
  connection.session.settings({ initialWindowSize: 1024 });
  await once(connection.session, 'localSettings');
  return connection;
}

describe.each([
  ['lean', true],
  ['general', false],
])('a session on the %s path', (_name, lean) => {
  it('answers a message while the client goes on sending', async () => {
    const server = await openServer({ lean });
    const stream = server.request(publishSessionPath);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const received = () => Buffer.concat(chunks).length;
    await until(() => received() > 0);
    const [window] = chunks;
    expect(fromBinary(PublishSessionResponseSchema, window!.subarray(5))).toMatchObject({ windowEvents: 16_000 });
    for (const id of ['a', 'b', 'c']) {
      const before = received();
      stream.write(message(data(id)));
      await until(() => received() > before);
    }
    expect(server.seen.stored).toEqual(['t/a', 't/b', 't/c']);
    stream.close();
  });

  it('answers nothing before the commit', async () => {
    const { promise: gate, resolve: commit } = Promise.withResolvers<void>();
    const server = await openServer({ lean, gate });
    const stream = server.request(publishSessionPath);
    const answer = answerOf(stream);
    let answers = 0;
    stream.on('data', () => (answers += 1));
    stream.end(message(data('a')));
    await until(() => server.seen.published === 1 && answers === 1);
    for (let trip = 0; trip < 20; trip += 1) await answerOf(server.request('/').end());
    expect(answers).toBe(1);
    commit();
    expect(await answer).toMatchObject({ trailers: { 'grpc-status': '0' } });
  });

  it('holds back a client that reads no answers, and goes on with all of it when it reads', async () => {
    const server = await openServer({ lean, queueFill: 1 });
    const { request } = await narrowConnection(server);
    const stream = request(publishSessionPath);
    stream.end(body);
    await until(() => server.seen.published > 1000);
    for (let trip = 0; trip < 200; trip += 1) await answerOf(server.request('/').end());
    // The window's 1,000, and what the buffers of both sides hold of answers.
    expect(server.seen.published).toBeLessThan(6000);
    const { trailers } = await answerOf(stream);
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
    expect(server.seen.published).toBe(messages * 10);
  });

  it('refuses no more messages at a time than its window lets wait, however many come in one chunk', async () => {
    const server = await openServer({ lean, queueFill: 1 });
    const { request } = await narrowConnection(server);
    const stream = request(publishSessionPath);
    const empty = Buffer.alloc(5);
    stream.end(Buffer.concat(Array.from({ length: 6000 }, () => empty)));
    await until(() => server.state.refusedRequests > 0);
    for (let trip = 0; trip < 200; trip += 1) await answerOf(server.request('/').end());
    // The window's ten, and what the buffers of both sides hold of refusals.
    expect(server.state.refusedRequests).toBeLessThan(600);
    expect(await answerOf(stream)).toMatchObject({ trailers: { 'grpc-status': '0' } });
    expect(server.state.refusedRequests).toBe(6000);
  });

  it('ends for a client that reads no answers for too long, and does not say that nothing is stored', async () => {
    const server = await openServer({ lean, queueFill: 1, readerStallMs: 50 });
    const { request } = await narrowConnection(server);
    const stream = request(publishSessionPath);
    stream.write(body);
    await until(() => server.state.refusedRequests === 1);
    const { trailers } = await answerOf(stream);
    expect(trailers).toMatchObject({ 'grpc-status': '10' });
    expect((trailers as { 'grpc-message': string })['grpc-message']).toContain('has%20read%20no%20answer');
    const details = Buffer.from((trailers as Record<string, string>)['grpc-status-details-bin']!, 'base64').toString();
    expect(details).toMatch(/outcome.{2}unknown/);
  });

  it('whose client leaves stores what was whole of it, and counts as refused', async () => {
    const server = await openServer({ lean });
    const { request, cut } = server.connection();
    request(publishSessionPath).write(Buffer.concat([message(data('a')), message(data('b')).subarray(0, 9)]));
    await until(() => server.seen.stored.length === 1);
    cut();
    await until(() => server.state.refusedRequests === 1);
    expect(server.seen.stored).toEqual(['t/a']);
  });

  it('that is not ended by the client of a refused call is ended for it, and its connection lives on', async () => {
    const server = await openServer({ lean });
    const stream = server.request(publishSessionPath);
    stream.write(frame(Buffer.alloc(0), 7));
    const closed = once(stream, 'close');
    expect(await answerOf(stream)).toMatchObject({ trailers: { 'grpc-status': '3' } });
    await closed;
    expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
    const next = server.request(publishSessionPath).end(message(data('next')));
    expect(await answerOf(next)).toMatchObject({ trailers: { 'grpc-status': '0' } });
  });
});

/** How Connect carries the same messages: as JSON in frames of its own. */
it('tells a refusal with its details in JSON, too', async () => {
  const server = await openServer({ lean: true });
  const headers = { 'content-type': 'application/connect+json' };
  const stream = server.request(publishSessionPath, headers);
  const json = (value: unknown) => frame(Buffer.from(JSON.stringify(value)));
  const events = Array.from({ length: 11 }, (_, index) => ({ topic: 't', eventId: String(index) }));
  stream.end(Buffer.concat([json({ events }), json({ events: [{ topic: 't', eventId: 'a' }] })]));
  const text = Buffer.from((await answerOf(stream)).body, 'hex').toString();
  expect(text).toContain('"failure":{"code":3,"message":"events: must be at most 10');
  expect(text).toContain('"reason":"TOO_MANY_EVENTS"');
  expect(text).toContain('"@type":"type.googleapis.com/google.rpc.ErrorInfo"');
  expect(server.seen.stored).toEqual(['t/a']);
});
