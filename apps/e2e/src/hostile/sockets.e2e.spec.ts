import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { besiege, type BesiegedAggregator } from './besieged-aggregator.ts';
import { dial, exchange } from './raw-socket.ts';

let server: BesiegedAggregator;

beforeAll(async () => {
  server = await besiege();
});

afterAll(() => server.stop());

const body = '{"topic":"t","event_id":"smuggled"}';
const chunked = (lines: string) =>
  `POST /publish HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${lines}`;
const withHeaders = (headers: string) =>
  `POST /publish HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`;

describe('bytes that are not quite HTTP/1.1', () => {
  it.each([
    ['length and chunks at once', withHeaders(`content-length: ${body.length}\r\ntransfer-encoding: chunked`)],
    ['two lengths', withHeaders(`content-length: ${body.length}\r\ncontent-length: 3`)],
    ['a length with a sign', withHeaders(`content-length: +${body.length}`)],
    ['a length that is text', withHeaders('content-length: many')],
    ['a negative length', withHeaders('content-length: -1')],
    ['a length past any integer', withHeaders('content-length: 99999999999999999999')],
    ['an encoding that hides the chunks', withHeaders('transfer-encoding: chunked, identity')],
    ['a space before the colon', withHeaders(`content-length : ${body.length}`)],
    ['a folded header', withHeaders(`x-a: b\r\n c\r\ntransfer-encoding : chunked`)],
    ['a NUL in a header', withHeaders('x-a: b\0c')],
    ['a NUL in a header name', withHeaders('x\0a: b')],
    ['a bare line feed in a header', withHeaders('x-a: b\nx-c: d\rx')],
    ['a header without a name', withHeaders(': b')],
    ['no host', 'POST /publish HTTP/1.1\r\ncontent-length: 0\r\n\r\n'],
    ['a chunk size that is no number', chunked('zz\r\nabc\r\n0\r\n\r\n')],
    ['a negative chunk size', chunked('-1\r\nabc\r\n0\r\n\r\n')],
    ['a chunk size past any integer', chunked('fffffffffffffffff\r\nabc\r\n0\r\n\r\n')],
    ['a chunk longer than it says', chunked('2\r\nabc\r\n0\r\n\r\n')],
    ['a space in the method', 'PO ST /publish HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['a NUL in the path', 'GET /st\0ats HTTP/1.1\r\nhost: a\r\n\r\n'],
    ['another version', 'GET /stats HTTP/9.9\r\nhost: a\r\n\r\n'],
    [
      'the HTTP/2 preface after a request',
      'PUT /stats HTTP/1.1\r\nhost: a\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n' +
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ],
    ['the HTTP/2 preface in a body', chunked('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['a TLS handshake', Buffer.from('16030100f8010000f40303', 'hex')],
  ])('are answered 400 and cut off: %s', async (_name, bytes) => {
    const before = await server.counters();
    const answer = await exchange(server.process.port, bytes);
    expect(answer).toMatch(/HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).not.toMatch(/HTTP\/1\.1 [25]\d\d/);
    expect((await server.counters()).received).toBe(before.received);
  });

  it('are answered 431 when the headers are larger than 16 KiB', async () => {
    expect(await exchange(server.process.port, withHeaders(`x-large: ${'x'.repeat(20_000)}`))).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  it('are never answered 5xx for a host that no URL can hold', async () => {
    for (const host of ['[', 'a b', 'a/b?c#d', '%', 'x'.repeat(5000), '']) {
      const { socket, until } = await dial(server.process.port);
      socket.write(
        `POST /oncelog.v1.EventLogService/GetStats HTTP/1.1\r\nhost: ${host}\r\n` +
          'content-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
      );
      expect(await until('HTTP/1.1'), host).toMatch(/^HTTP\/1\.1 (?:200|400) /);
      socket.destroy();
    }
  });
});

describe('a body that does not come', () => {
  it('is noticed when the client leaves, and stores nothing', async () => {
    const before = await server.counters();
    for (const path of [
      '/publish',
      '/oncelog.v1.EventLogService/Publish',
      '/oncelog.v1.EventLogService/PublishStream',
    ]) {
      const { socket } = await dial(server.process.port);
      const type = path.endsWith('Stream') ? 'application/connect+json' : 'application/json';
      socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n${body}`);
      await new Promise<void>((resolve) => socket.end(() => resolve()));
      socket.resetAndDestroy();
    }
    expect((await server.counters()).received).toBe(before.received);
  });

  it('is refused before it comes when it announces too much', async () => {
    const { socket, until } = await dial(server.process.port);
    socket.write(
      'POST /publish HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 5000000\r\n\r\n',
    );
    const answer = await until('BODY_TOO_LARGE');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('is refused as soon as it is too much when it announces nothing', async () => {
    const { socket, until } = await dial(server.process.port);
    socket.write(
      'POST /publish HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 0x20), Buffer.from('\r\n')]);
    for (let sent = 0; sent < 5_000_000; sent += 65_536) socket.write(chunk);
    expect(await until('BODY_TOO_LARGE')).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });
});

describe('afterwards', () => {
  it('the server answers, and logged no fault of its own', async () => {
    const answer = await exchange(
      server.process.port,
      `${withHeaders(`connection: close\r\ncontent-length: ${body.length}`)}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await server.counters()).toMatchObject({ received: 1, unique_processed: 1, duplicate_dropped: 0 });
    expect(server.faults()).toEqual([]);
  });
});
