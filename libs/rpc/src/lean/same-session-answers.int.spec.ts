import type { ClientHttp2Stream } from 'node:http2';
import { fromBinary } from '@bufbuild/protobuf';
import { shuttingDown } from '@oncelog/ingest';
import { type PublishSessionResponse, PublishSessionResponseSchema } from '@oncelog/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FrameSplitter } from '../frames/frame-splitter.ts';
import { answerOf, comparedServer, until } from './testing/compared-server.ts';
import { data, frame, message, publishSessionPath, several } from './testing/publish-frames.ts';

const lean = comparedServer({ lean: true });
const general = comparedServer({ lean: false });

beforeAll(() => Promise.all([lean.open(), general.open()]));
afterAll(() => Promise.all([lean.close(), general.close()]));
beforeEach(() => [lean, general].forEach((server) => server.reset()));

type Headers = Readonly<Record<string, string>>;

async function expectSameAnswer(send: (stream: ClientHttp2Stream) => void, headers: Headers = {}) {
  const answers = [lean, general].map((server) => {
    const stream = server.request(publishSessionPath, headers);
    send(stream);
    return answerOf(stream);
  });
  const [fromLean, fromGeneral] = await Promise.all(answers);
  expect(fromLean).toEqual(fromGeneral);
  expect(lean.seen.stored).toEqual(general.seen.stored);
  expect(lean.state.refusedRequests).toBe(general.state.refusedRequests);
  expect([lean.seen.generalRequests, general.seen.generalRequests]).toEqual([0, 1]);
  return { ...fromLean!, answers: answersIn(fromLean!.body) };
}

function answersIn(hex: string): PublishSessionResponse[] {
  const frames = new FrameSplitter({ bytesMax: 1_000_000, unary: false, compression: false });
  frames.add(Buffer.from(hex, 'hex'));
  const answers: PublishSessionResponse[] = [];
  for (let each = frames.next(); each; each = frames.next()) {
    answers.push(fromBinary(PublishSessionResponseSchema, each.subarray(5)));
  }
  return answers;
}

const whole = (...messages: Uint8Array[]) => {
  return (stream: ClientHttp2Stream) => void stream.end(Buffer.concat(messages));
};
const unfinished = (...messages: Uint8Array[]) => {
  return (stream: ClientHttp2Stream) => void stream.write(Buffer.concat(messages));
};

const one = message(data('a'));

const refused: [string, Buffer, code: number][] = [
  ['no events', message(), 3],
  ['too many events', message(...several(11)), 3],
  ['an event without a topic', message(data('c'), data('d', '')), 3],
  ['content too large', message(data('c', 't', Buffer.alloc(256 * 1024 + 1))), 3],
  ['a content type beside a payload', message({ ...data('c'), content: { case: 'payload', value: {} } }), 3],
];

const fatal: [string, Buffer, code: string][] = [
  ['bytes that are no message', frame(Buffer.from('ff', 'hex')), '3'],
  ['text that is no UTF-8', frame(Buffer.from('0a040a02c328', 'hex')), '3'],
  ['a frame of unknown flags', frame(one.subarray(5), 2), '3'],
  ['a frame too large', frame(Buffer.alloc(0), 0, 300_001), '8'],
];

describe('the lean path answers a session like the general one', () => {
  it('with the window first, then each message by itself in its order', async () => {
    const large = message(...several(10));
    const { answers, trailers } = await expectSameAnswer(
      whole(one, message(data('b'), data('a')), large, message(data('z', 'taken')), message(data('y', 'queued'))),
    );
    expect(answers.map(({ outcomes }) => outcomes.length)).toEqual([0, 1, 2, 10, 1, 1]);
    expect(answers.map(({ windowEvents }) => windowEvents)).toEqual([16_000, 0, 0, 0, 0, 0]);
    expect(answers[2]!.summary).toMatchObject({ received: 2n, stored: 1n, duplicates: 1n });
    expect(answers[5]!.summary).toMatchObject({ received: 1n, accepted: 1n });
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
  });

  it('that holds no message', async () => {
    const { answers } = await expectSameAnswer(whole());
    expect(answers).toHaveLength(1);
  });

  it.each(refused)('of which one message has %s: that is refused and the session goes on', async (_name, bad, code) => {
    const { answers, trailers } = await expectSameAnswer(whole(one, bad, message(data('b'))));
    expect(answers.map(({ failure, outcomes }) => failure?.code ?? outcomes.length)).toEqual([0, 1, code, 1]);
    expect(answers[2]!.failure!.details.map(({ typeUrl }) => typeUrl)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.BadRequest',
    ]);
    expect(trailers).toMatchObject({ 'grpc-status': '0' });
    expect(lean.seen.stored).toEqual(['t/a', 't/b']);
    expect(lean.state.refusedRequests).toBe(1);
  });

  it.each(fatal)('that ends with %s, behind what it answered', async (_name, bad, code) => {
    const { answers, trailers } = await expectSameAnswer(unfinished(one, bad, message(data('b'))));
    expect(answers.map(({ outcomes }) => outcomes.length)).toEqual([0, 1]);
    expect(trailers).toMatchObject({ 'grpc-status': code });
    expect(lean.seen.stored).toEqual(['t/a']);
  });

  it('that is cut short', async () => {
    const { trailers } = await expectSameAnswer(whole(one, one.subarray(0, 20)));
    expect(trailers).toMatchObject({ 'grpc-status': '3' });
  });

  it.each([
    ['without room', 'full', '8'],
    ['that fails', 'broken', '13'],
  ])('that meets a store %s', async (_name, topic, code) => {
    const { answers, trailers } = await expectSameAnswer(unfinished(message(data('a', topic))));
    expect(answers).toHaveLength(1);
    expect(trailers).toMatchObject({ 'grpc-status': code });
  });

  it.each([
    ['is over', '0m', ''],
    ['passes while it waits for its client', '100m', 't/a'],
  ])('whose deadline %s', async (_name, timeout, stored) => {
    const { trailers } = await expectSameAnswer(unfinished(one), { 'grpc-timeout': timeout });
    expect(trailers).toMatchObject({ 'grpc-status': '4' });
    expect(lean.seen.stored.join()).toBe(stored);
  });

  // The last one: what was shut down stays so.
  it('that is open at a shutdown, or comes later', async () => {
    const streams = [lean, general].map((server) => server.request(publishSessionPath));
    const answers = Promise.all(streams.map((stream) => answerOf(stream)));
    for (const stream of streams) stream.write(one);
    await until(() => lean.seen.stored.length === 1 && general.seen.stored.length === 1);
    for (const { shutdown } of [lean, general]) shutdown.abort(shuttingDown());
    const [fromLean, fromGeneral] = await answers;
    expect(fromLean).toEqual(fromGeneral);
    expect(fromLean).toMatchObject({ trailers: { 'grpc-status': '14', 'retry-after': '1' } });
    expect(answersIn(fromLean!.body)).toHaveLength(2);
    for (const server of [lean, general]) server.reset();
    await expectSameAnswer(unfinished(Buffer.alloc(0)));
  });
});
