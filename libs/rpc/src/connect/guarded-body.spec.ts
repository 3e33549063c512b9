import { gzipSync } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { defaultLimits, OncelogError } from '@oncelog/core';
import { EventLogService, PublishRequestSchema } from '@oncelog/protocol';
import { describe, expect, it } from 'vitest';
import { type BodyShape, guardBody } from './guarded-body.ts';

const { publish, publishStream } = EventLogService.method;
const limits = { ...defaultLimits, requestBytesMax: 10_000 };
const framed: BodyShape = { framed: true, json: false, gzip: false };
const whole: BodyShape = { framed: false, json: false, gzip: false };

async function* chunks(...parts: Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

function request(topic = 'orders', dataBytes = 0): Uint8Array {
  const event = { topic, eventId: 'a', content: { case: 'data' as const, value: new Uint8Array(dataBytes) } };
  return toBinary(PublishRequestSchema, create(PublishRequestSchema, { events: [event] }));
}

function frame(message: Uint8Array, flags = 0, length = message.length): Uint8Array {
  const header = Buffer.alloc(5);
  header[0] = flags;
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, message]);
}

async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return parts;
}

async function refusalOf(body: AsyncIterable<Uint8Array>): Promise<OncelogError> {
  try {
    await read(body);
  } catch (error) {
    expect(error).toBeInstanceOf(OncelogError);
    return error as OncelogError;
  }
  return expect.fail('it was expected to be refused');
}

describe('a framed body', () => {
  const stream = Buffer.concat([frame(request('a')), frame(request('b', 300)), frame(request('c'))]);
  const frames = [frame(request('a')), frame(request('b', 300)), frame(request('c'))].map((one) => Buffer.from(one));

  it('comes out frame by frame wherever the network cuts it', async () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const body = chunks(stream.subarray(0, cut), stream.subarray(cut));
      expect(await read(guardBody(body, publishStream, framed, limits)), `cut at ${cut}`).toEqual(frames);
    }
  });

  it('comes out the same one byte at a time', async () => {
    const body = chunks(...Array.from(stream, (byte) => Uint8Array.of(byte)));
    expect(await read(guardBody(body, publishStream, framed, limits))).toEqual(frames);
  });

  it('hands a frame on before the next one has come', async () => {
    async function* endless() {
      yield frames[0]!;
      throw new Error('asked for more before handing on what was there');
    }
    const reader = guardBody(endless(), publishStream, framed, limits)[Symbol.asyncIterator]();
    expect((await reader.next()).value).toEqual(frames[0]);
  });

  it('is refused when it ends anywhere inside a frame', async () => {
    const one = frames[0]!;
    for (let end = 1; end < one.length; end += 1) {
      const error = await refusalOf(guardBody(chunks(one.subarray(0, end)), publishStream, framed, limits));
      expect(error, `cut at ${end}`).toMatchObject({ code: 'MALFORMED', violations: [{ field: 'request' }] });
    }
  });

  it('is refused by the length that a frame announces, before any of it has come', async () => {
    const header = frame(new Uint8Array(), 0, 0xffff_ffff);
    const error = await refusalOf(guardBody(chunks(header), publishStream, framed, limits));
    expect(error).toMatchObject({ code: 'BODY_TOO_LARGE', violations: [{ limit: 10_000, actual: 0xffff_ffff }] });
  });

  it('takes a message of exactly the bound', async () => {
    const largest = request('a', 10_000 - request('a', 9000).length + 9000);
    expect(largest).toHaveLength(10_000);
    await expect(read(guardBody(chunks(frame(largest)), publishStream, framed, limits))).resolves.toHaveLength(1);
  });

  it.each([2, 3, 4, 128, 255])('is refused for the flags %i', async (flags) => {
    const error = await refusalOf(guardBody(chunks(frame(request(), flags)), publishStream, framed, limits));
    expect(error.message).toContain(`flags ${flags}`);
  });

  it('is inflated when the headers say gzip', async () => {
    const body = chunks(frame(gzipSync(request('zipped')), 1), frame(request('plain')));
    const parts = await read(guardBody(body, publishStream, { ...framed, gzip: true }, limits));
    expect(parts).toEqual([frame(request('zipped')), frame(request('plain'))].map((one) => Buffer.from(one)));
  });

  it('is refused when a frame is compressed and no header says how', async () => {
    const error = await refusalOf(guardBody(chunks(frame(gzipSync(request()), 1)), publishStream, framed, limits));
    expect(error).toMatchObject({ code: 'MALFORMED' });
  });

  it('is refused when a compressed frame is not gzip', async () => {
    const body = chunks(frame(Buffer.from('not gzip'), 1));
    expect(await refusalOf(guardBody(body, publishStream, { ...framed, gzip: true }, limits))).toMatchObject({
      code: 'MALFORMED',
    });
  });

  it('is inflated no further than the bound', async () => {
    const bomb = frame(gzipSync(new Uint8Array(50_000_000)), 1);
    const largeFrames = { ...limits, requestBytesMax: 100_000 };
    const error = await refusalOf(guardBody(chunks(bomb), publishStream, { ...framed, gzip: true }, largeFrames));
    expect(error).toMatchObject({ code: 'BODY_TOO_LARGE', violations: [{ field: 'request', limit: 100_000 }] });
  });

  it('holds exactly one message for a unary method', async () => {
    expect((await refusalOf(guardBody(chunks(), publish, framed, limits))).message).toContain('no message');
    const two = chunks(frame(request()), frame(request()));
    expect((await refusalOf(guardBody(two, publish, framed, limits))).message).toContain('more than one message');
    await expect(read(guardBody(chunks(), publishStream, framed, limits))).resolves.toEqual([]);
  });

  it('is checked message by message: what comes before a bad one is handed on', async () => {
    const reader = guardBody(
      chunks(Buffer.concat([frames[0]!, frame(Uint8Array.of(0xff))])),
      publishStream,
      framed,
      limits,
    );
    const seen: Buffer[] = [];
    const reading = (async () => {
      for await (const part of reader) seen.push(Buffer.from(part));
    })();
    await expect(reading).rejects.toMatchObject({ code: 'MALFORMED' });
    expect(seen).toEqual([frames[0]]);
  });
});

describe('a body without frames', () => {
  it('comes out whole', async () => {
    const bytes = Buffer.from(request('orders', 50));
    const body = chunks(bytes.subarray(0, 7), bytes.subarray(7, 8), bytes.subarray(8));
    expect(await read(guardBody(body, publish, whole, limits))).toEqual([bytes]);
  });

  it('may be empty, as a message without fields is', async () => {
    expect(await read(guardBody(chunks(), EventLogService.method.getStats, whole, limits))).toEqual([Buffer.alloc(0)]);
    const gzip = { ...whole, gzip: true };
    expect(await read(guardBody(chunks(), EventLogService.method.getStats, gzip, limits))).toEqual([Buffer.alloc(0)]);
  });

  it('is refused as soon as it passes the bound', async () => {
    let handedOut = 0;
    async function* endless() {
      for (;;) {
        handedOut += 1;
        yield new Uint8Array(4000);
      }
    }
    expect(await refusalOf(guardBody(endless(), publish, whole, limits))).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(handedOut).toBe(3);
  });

  it('is inflated no further than the bound', async () => {
    const bomb = gzipSync(new Uint8Array(1_000_000));
    const error = await refusalOf(guardBody(chunks(bomb), publish, { ...whole, gzip: true }, limits));
    expect(error).toMatchObject({ code: 'BODY_TOO_LARGE', violations: [{ limit: 10_000 }] });
  });

  it('is read as JSON when its type says so', async () => {
    const json = { ...whole, json: true };
    const text = Buffer.from('{"events":[{"topic":"a","eventId":"b"}]}');
    expect(await read(guardBody(chunks(text), publish, json, limits))).toEqual([text]);
    const error = await refusalOf(guardBody(chunks(Buffer.from('{"events":[{"topicc":"a"}]}')), publish, json, limits));
    expect(error).toMatchObject({ code: 'MALFORMED', violations: [{ field: 'events[0].topicc' }] });
  });

  it.each([
    ['protobuf', false],
    ['JSON', true],
  ] as const)('tells too many events in %s', async (_name, json) => {
    const body = json ? Buffer.from(`{"events":[${'{},'.repeat(1000)}{}]}`) : Buffer.from('0a00'.repeat(1001), 'hex');
    const error = await refusalOf(guardBody(chunks(body), publish, { ...whole, json }, limits));
    expect(error).toMatchObject({
      code: 'TOO_MANY_EVENTS',
      violations: [{ field: 'events', limit: 1000, actual: 1001 }],
    });
  });
});
