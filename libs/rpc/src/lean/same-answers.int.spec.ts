import type { ClientHttp2Stream } from 'node:http2';
import { shuttingDown } from '@oncelog/ingest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answerOf, comparedServer, until } from './testing/compared-server.ts';
import { data, frame, message, publishPath, publishStreamPath, several } from './testing/publish-frames.ts';

const lean = comparedServer({ lean: true, unaryBodyTimeoutMs: 100 });
const general = comparedServer({ lean: false, unaryBodyTimeoutMs: 100 });

beforeAll(() => Promise.all([lean.open(), general.open()]));
afterAll(() => Promise.all([lean.close(), general.close()]));
beforeEach(() => [lean, general].forEach((server) => server.reset()));

type Headers = Readonly<Record<string, string>>;

interface Call {
  readonly path: string;
  readonly headers?: Headers;
  readonly send: (stream: ClientHttp2Stream) => void;
  /** The lean path leaves it to the general one. */
  readonly declined?: boolean;
}

async function expectSameAnswer({ path, headers, send, declined = false }: Call) {
  const answers = [lean, general].map((server) => {
    const stream = server.request(path, headers);
    send(stream);
    return answerOf(stream);
  });
  const [fromLean, fromGeneral] = await Promise.all(answers);
  expect(fromLean).toEqual(fromGeneral);
  expect(lean.seen.stored).toEqual(general.seen.stored);
  expect(lean.state.refusedRequests).toBe(general.state.refusedRequests);
  expect([lean.seen.generalRequests, general.seen.generalRequests]).toEqual([declined ? 1 : 0, 1]);
  return fromLean!;
}

const whole = (body: Uint8Array) => (stream: ClientHttp2Stream) => void stream.end(body);
const unfinished = (body: Uint8Array) => (stream: ClientHttp2Stream) => void stream.write(body);

async function expectConnectionUsable(): Promise<void> {
  const answer = await answerOf(lean.request(publishPath).end(message(data('next'))));
  expect(answer).toMatchObject({ trailers: { 'grpc-status': '0' } });
}

const one = message(data('a'));

const good: [string, Buffer][] = [
  ['one event', one],
  ['events of all outcomes', message(data('a'), data('a'), data('b', 'taken'), data('c'))],
  ['events that a broker holds', message(data('a', 'queued'), data('b', 'queued'))],
  ['a payload', message({ topic: 't', eventId: 'p', content: { case: 'payload', value: { a: [1, null] } } })],
  ['attributes', message({ topic: 't', eventId: 'a', attributes: { trace: '1' } })],
  ['text beyond ASCII', message(data('ключ', '日本'))],
  ['a time', message({ topic: 't', eventId: 'a', timestamp: { seconds: 1_700_000_000n, nanos: 5 } })],
  ['a time before 1970', message({ topic: 't', eventId: 'a', timestamp: { seconds: -1n, nanos: 5 } })],
  ['nothing but its key', message({ topic: 't', eventId: 'a' })],
  ['as many events as allowed', message(...several(10))],
  ['content as large as allowed', message(data('a', 't', Buffer.alloc(256 * 1024)))],
  ['unknown fields', frame(Buffer.concat([one.subarray(5), Buffer.from('7a0161', 'hex')]))],
];

const bad: [string, Buffer][] = [
  ['no events', message()],
  ['too many events', message(...several(11))],
  ['an event without a topic', message(data('a'), data('b', ''))],
  ['every event wrong', message(...several(10).map((event) => ({ ...event, topic: '\0' })))],
  ['content too large', message(data('a', 't', Buffer.alloc(256 * 1024 + 1)))],
  ['a content type that is none', message({ ...data('a'), contentType: 'json' })],
  ['a content type beside a payload', message({ ...data('a'), content: { case: 'payload', value: {} } })],
  ['bytes that are no message', frame(Buffer.from('ff', 'hex'))],
  ['an event that is cut short', frame(Buffer.from('0a050a0561', 'hex'))],
  ['text that is no UTF-8', frame(Buffer.from('0a040a02c328', 'hex'))],
  ['a compressed frame without an encoding', frame(one.subarray(5), 1)],
  ['a frame of unknown flags', frame(one.subarray(5), 2)],
  ['a frame too large', frame(Buffer.alloc(0), 0, 300_001)],
  ['a frame that is cut short', one.subarray(0, 20)],
  ['a frame header that is cut short', one.subarray(0, 4)],
  ['a store without room', message(data('a', 'full'))],
  ['a store that fails', message(data('a', 'broken'))],
];

describe('the lean path answers a unary call like the general one', () => {
  it.each(good)('with %s', async (_name, body) => {
    const { trailers } = await expectSameAnswer({ path: publishPath, send: whole(body) });
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
  });

  it.each<[string, Buffer]>([...bad, ['no message', Buffer.alloc(0)], ['two messages', Buffer.concat([one, one])]])(
    'that has %s',
    async (_name, body) => {
      const { trailers } = await expectSameAnswer({ path: publishPath, send: whole(body) });
      expect(trailers).not.toMatchObject({ 'grpc-status': '0' });
      expect(lean.state.refusedRequests).toBe(1);
    },
  );

  it.each<[string, Headers]>([
    ['a deadline', { 'grpc-timeout': '10S' }],
    ['a deadline that is over', { 'grpc-timeout': '0m' }],
    ['the longer name of its type', { 'content-type': 'application/grpc+proto' }],
    ['a named lack of encoding', { 'grpc-encoding': 'identity' }],
  ])('with %s', async (_name, headers) => {
    await expectSameAnswer({ path: publishPath, headers, send: whole(one) });
  });

  it.each<[string, Headers, Buffer]>([
    ['its body being compressed', { 'grpc-encoding': 'gzip' }, one],
    ['its encoding being unknown', { 'grpc-encoding': 'br' }, one],
    ['its deadline being none', { 'grpc-timeout': 'soon' }, one],
    ['its deadline being too far', { 'grpc-timeout': '25H' }, one],
    ['a type with parameters', { 'content-type': 'application/grpc+json; charset=utf-8' }, frame(Buffer.from('{}'))],
    ['an origin', { origin: 'http://a' }, one],
  ])('by leaving it to that because of %s', async (_name, headers, body) => {
    await expectSameAnswer({ path: publishPath, headers, send: whole(body), declined: true });
  });

  it('whose body does not come in time', async () => {
    const { trailers } = await expectSameAnswer({ path: publishPath, send: unfinished(Buffer.alloc(3)) });
    expect(trailers).toMatchObject({ 'grpc-status': '4' });
  });

  it('that is not over when it is refused, and its connection lives on', async () => {
    const { trailers } = await expectSameAnswer({ path: publishPath, send: unfinished(frame(Buffer.alloc(0), 7)) });
    expect(trailers).toMatchObject({ 'grpc-status': '3' });
    await expectConnectionUsable();
  });

  it('whose client offers to have the answer compressed, but uncompressed', async () => {
    const stream = lean.request(publishPath, { 'grpc-accept-encoding': 'gzip' });
    const { headers, body } = await answerOf(stream.end(message(...several(10))));
    expect(headers).not.toHaveProperty('grpc-encoding');
    expect(body).toMatch(/^00/);
  });
});

describe('the lean path answers a stream like the general one', () => {
  it.each<[string, Buffer]>([
    ...good,
    ['no message', Buffer.alloc(0)],
    ['many messages', Buffer.concat(several(50).map((event) => message(event)))],
    ['large and small messages', Buffer.concat([message(...several(10)), one, message(...several(3, 'f'))])],
  ])('with %s', async (_name, body) => {
    const { trailers } = await expectSameAnswer({ path: publishStreamPath, send: whole(body) });
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
  });

  it.each(bad)('that has good messages and then %s', async (name, body) => {
    // What shares a commit fails together, and which messages do is for the clock to say.
    const before = name.includes('store') ? [] : [one, message(data('b'), data('a'))];
    const after = name.includes('cut short') ? [] : [message(data('after'))];
    const send = whole(Buffer.concat([...before, body, ...after]));
    const { trailers } = await expectSameAnswer({ path: publishStreamPath, send });
    expect(trailers).not.toMatchObject({ 'grpc-status': '0' });
    expect(lean.seen.stored).toEqual(before.length === 0 ? [] : ['t/a', 't/b']);
  });

  it.each([
    ['is over', '0m', ''],
    ['passes while it waits for its client', '100m', 't/a'],
  ])('whose deadline %s', async (_name, timeout, stored) => {
    const headers = { 'grpc-timeout': timeout };
    const { trailers } = await expectSameAnswer({ path: publishStreamPath, headers, send: unfinished(one) });
    expect(trailers).toMatchObject({ 'grpc-status': '4' });
    expect(lean.seen.stored.join()).toBe(stored);
  });

  it('that is not over when it is refused, and its connection lives on', async () => {
    const send = unfinished(frame(Buffer.alloc(0), 7));
    const { trailers } = await expectSameAnswer({ path: publishStreamPath, send });
    expect(trailers).toMatchObject({ 'grpc-status': '3' });
    await expectConnectionUsable();
  });

  // The last one: what was shut down stays so.
  it('that is open at a shutdown, or comes later', async () => {
    const streams = [lean, general].map((server) => server.request(publishStreamPath));
    const answers = Promise.all(streams.map((stream) => answerOf(stream)));
    for (const stream of streams) stream.write(one);
    await until(() => lean.seen.stored.length === 1 && general.seen.stored.length === 1);
    for (const { shutdown } of [lean, general]) shutdown.abort(shuttingDown());
    const [fromLean, fromGeneral] = await answers;
    expect(fromLean).toEqual(fromGeneral);
    expect(fromLean).toMatchObject({ trailers: { 'grpc-status': '14', 'retry-after': '1' } });
    for (const server of [lean, general]) server.reset();
    await expectSameAnswer({ path: publishStreamPath, send: unfinished(Buffer.alloc(0)) });
  });
});
