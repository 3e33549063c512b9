import { create, toBinary } from '@bufbuild/protobuf';
import { EventLogService, PublishRequestSchema } from '@oncelog/protocol';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../transports/grpc-js-wire.ts';
import { type Http2Client, http2Client } from '../transports/raw-http.ts';
import { frame, type RawProtocol, rawProtocols } from '../transports/raw-rpc.ts';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';
import { exchange } from './raw-socket.ts';

const { publish, publishStream } = EventLogService.method;
const message = toBinary(
  PublishRequestSchema,
  create(PublishRequestSchema, { events: [{ topic: 't', eventId: 'e' }] }),
);

let server: BesiegedAggregator;
let protocols: RawProtocol[];

beforeAll(async () => {
  server = await besiege();
  protocols = rawProtocols(server.process.port);
});

afterAll(async () => {
  for (const { http } of protocols) http.close();
  await server.stop();
});

const framedProtocols = () => protocols.filter(({ framed }) => framed);

describe('frames of gRPC and gRPC-Web', () => {
  const announcing = (length: number) => Buffer.from([0, length >>> 24, length >>> 16, length >>> 8, length]);

  it.each([
    ['a length of 0xFFFFFFFF', announcing(0xffff_ffff), 8, 'BODY_TOO_LARGE'],
    ['a length just past the bound', announcing(4 * 1024 * 1024 + 1), 8, 'BODY_TOO_LARGE'],
    ['flags that no request uses', frame(message, 0x80), 3, 'MALFORMED'],
    ['more flags', frame(message, 2), 3, 'MALFORMED'],
    ['a compressed flag without an encoding', frame(message, 1), 3, 'MALFORMED'],
    ['half a header', frame(message).subarray(0, 3), 3, 'MALFORMED'],
    ['half a message', frame(message).subarray(0, -2), 3, 'MALFORMED'],
    ['nothing', Buffer.alloc(0), 3, 'MALFORMED'],
    ['two messages', Buffer.concat([frame(message), frame(message)]), 3, 'MALFORMED'],
    ['words', Buffer.from('hello there, this is no frame'), 3, 'MALFORMED'],
  ])('are refused at once: %s', async (_name, body, grpcCode, code) => {
    for (const protocol of framedProtocols()) {
      const answer = await protocol.call({ method: publish, body });
      expect([protocol.name, answer.status, answer.grpcCode]).toEqual([protocol.name, 200, grpcCode]);
      expect(answer.facts).toMatchObject({ code, outcome: 'none' });
    }
  });

  it('end a stream with what was stored before them', async () => {
    const before = await server.counters();
    const first = (id: string) =>
      frame(toBinary(PublishRequestSchema, create(PublishRequestSchema, { events: [{ topic: 't', eventId: id }] })));
    for (const [index, bad] of [
      announcing(0xffff_ffff),
      frame('', 7),
      frame(Uint8Array.of(0xff)),
      first('x').subarray(0, -1),
    ].entries()) {
      const answer = await protocols[0]!.call({
        method: publishStream,
        body: Buffer.concat([first(`stream-${index}`), bad]),
      });
      expect(answer.facts!.committed).toMatchObject({ received: 1n, stored: 1n });
    }
    expect((await server.counters()).received).toBe(before.received + 4);
  });
});

describe('one connection of HTTP/2', () => {
  let client: Http2Client;

  const answers = async () => {
    const other = http2Client(server.process.port);
    const { status } = await other.send({ method: 'GET', path: '/livez' });
    other.close();
    return status;
  };

  it('is ended when it opens and resets streams rapidly, and others are served meanwhile', async () => {
    client = http2Client(server.process.port);
    await client.send({ method: 'GET', path: '/livez' });
    const gone = new Promise<number>((resolve) => client.session.once('goaway', resolve));
    for (let batch = 0; batch < 50 && !client.session.destroyed; batch += 1) {
      for (let stream = 0; stream < 100 && !client.session.destroyed && !client.session.closed; stream += 1) {
        const request = client.session.request({ ':method': 'POST', ':path': pathOf(publish) });
        request.on('error', () => {});
        request.close(constants.NGHTTP2_CANCEL);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await gone).not.toBe(constants.NGHTTP2_NO_ERROR);
    expect(await answers()).toBe(200);
    client.close();
  });

  it('holds 256 streams at a time, however many it asks for', async () => {
    client = http2Client(server.process.port);
    await once(client.session, 'remoteSettings');
    expect(client.session.remoteSettings.maxConcurrentStreams).toBe(256);
    const streams = Array.from({ length: 5000 }, () => {
      const stream = client.session.request({
        ':method': 'POST',
        ':path': pathOf(publishStream),
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      stream.on('error', () => {});
      return stream;
    });
    expect(await answers()).toBe(200);
    for (const stream of streams) stream.destroy();
    client.close();
    expect(await answers()).toBe(200);
  });

  it('is held to 16 KiB of headers', async () => {
    client = http2Client(server.process.port);
    // The bound holds once the client knows of it.
    await client.send({ method: 'GET', path: '/livez' });
    const large = client.send({ method: 'GET', path: '/livez', headers: { 'x-large': 'x'.repeat(40_000) } });
    await expect(large).rejects.toThrow(/NGHTTP2_ENHANCE_YOUR_CALM|NGHTTP2_REFUSED_STREAM|before a status/);
    client.close();
    expect(await answers()).toBe(200);
  });

  it.each([
    ['a frame for a stream that is not open', '0000040000000000630a0b0c0d'],
    ['settings of a wrong length', '000003040000000000010203'],
    ['a window update of nothing', '00000408000000000000000000'],
    ['a push from a client', '00000405040000000100000002'],
    ['a frame larger than allowed', 'ffffff000000000001'],
    ['headers that do not decode', '000004010500000001ffffffff'],
  ])('is ended for %s', async (_name, hex) => {
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    const settings = Buffer.from('000000040000000000', 'hex');
    const received = await exchange(server.process.port, Buffer.concat([preface, settings, Buffer.from(hex, 'hex')]));
    // GOAWAY is frame type 7.
    expect(Buffer.from(received, 'latin1').toString('hex')).toMatch(/0000[0-9a-f]{2}0700/);
    expect(await answers()).toBe(200);
  });
});

describe('afterwards', () => {
  it('the server answers, and stored only what it said', async () => {
    expect((await protocols[0]!.call({ method: publish, message })).grpcCode).toBe(0);
    expect(await server.counters()).toMatchObject({ received: 5, unique_processed: 5 });
    expect(server.faults()).toEqual([]);
  });
});
