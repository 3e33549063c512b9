import { once } from 'node:events';
import http2 from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createDualServer, type DualServer, type NodeRequest, type NodeResponse } from './dual-server.ts';
import { defaultPortLimits, type PortLimits } from './http-limits.ts';

/** An HTTP/2 frame of length 0, type SETTINGS, flag ACK, stream 0. */
const settingsAcknowledged = '\x00\x00\x00\x04\x01\x00\x00\x00\x00';

const open: { server?: DualServer; sockets: Socket[]; sessions: http2.ClientHttp2Session[] } = {
  sockets: [],
  sessions: [],
};

afterEach(async () => {
  for (const session of open.sessions.splice(0)) session.destroy();
  for (const socket of open.sockets.splice(0)) socket.destroy();
  await open.server?.close(0);
});

const hello = (request: NodeRequest, response: NodeResponse) => {
  request.resume();
  response.end(`${request.httpVersion} ${request.method} ${request.url}`);
};

async function listen(handler = hello, limits: Partial<PortLimits> = {}): Promise<AddressInfo> {
  open.server = createDualServer(handler, { ...defaultPortLimits, ...limits });
  return open.server.listen(0, '127.0.0.1');
}

/** A bare connection and everything it has received, as text. */
async function dial({ port }: AddressInfo) {
  const socket = connect(port, '127.0.0.1');
  open.sockets.push(socket);
  let received = '';
  socket.setNoDelay(true).setEncoding('latin1');
  socket.on('data', (text: string) => (received += text)).on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  const until = async (text: string) => {
    while (!received.includes(text))
      await Promise.race([once(socket, 'data'), closed.then(() => expect.fail(`closed after: ${received}`))]);
    return received;
  };
  return { socket, until, closed: async () => (await closed, received) };
}

function openSession({ port }: AddressInfo): http2.ClientHttp2Session {
  const client = http2.connect(`http://127.0.0.1:${port}`);
  client.on('error', () => {});
  open.sessions.push(client);
  return client;
}

async function get(client: http2.ClientHttp2Session, path: string): Promise<string> {
  const stream = client.request({ ':path': path });
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk;
  return text;
}

/** Each byte in a packet of its own: the next is written when this one has left. */
async function writeByByte(socket: Socket, bytes: Buffer): Promise<void> {
  for (const byte of bytes)
    await new Promise<void>((resolve) => socket.write(Uint8Array.of(byte), () => setImmediate(resolve)));
}

describe('one port', () => {
  it('speaks HTTP/1.1 and HTTP/2 at the same time', async () => {
    const address = await listen();
    const response = await fetch(`http://127.0.0.1:${address.port}/one`);
    expect(await response.text()).toBe('1.1 GET /one');
    expect(await get(openSession(address), '/two')).toBe('2.0 GET /two');
  });

  it('understands an HTTP/1.1 request that comes byte by byte', async () => {
    const { socket, until } = await dial(await listen());
    await writeByByte(socket, Buffer.from('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n'));
    expect(await until('1.1 GET /slow')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('understands an HTTP/2 preface that comes byte by byte', async () => {
    const { socket, until } = await dial(await listen());
    const emptySettings = Buffer.from('000000040000000000', 'hex');
    await writeByByte(socket, Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), emptySettings]));
    expect(await until(settingsAcknowledged)).toContain(settingsAcknowledged);
  });

  it('takes methods that begin like the preface for what they are', async () => {
    const address = await listen();
    for (const method of ['PUT', 'POST', 'PATCH', 'PROPFIND']) {
      const { socket, until } = await dial(address);
      await writeByByte(socket, Buffer.from(`${method} /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n`));
      expect(await until(`1.1 ${method} /x`)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('answers pipelined requests behind the first bytes', async () => {
    const { socket, until } = await dial(await listen());
    socket.write('GET /a HTTP/1.1\r\nhost: a\r\n\r\nGET /b HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await until('GET /b')).toContain('GET /a');
  });
});

describe('what is neither', () => {
  it.each([
    ['the bytes of a TLS handshake', Buffer.from('16030100f8010000f40303', 'hex')],
    ['words', Buffer.from('hello there\r\n\r\n')],
    ['a preface gone wrong', Buffer.from('PRI * HTTP/3.0\r\n\r\n')],
    ['a NUL', Buffer.from([0])],
  ])('is answered 400 and closed: %s', async (_name, bytes) => {
    const { socket, closed } = await dial(await listen());
    socket.write(bytes);
    expect(await closed()).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  });

  it('is closed after a preface without settings', async () => {
    const { socket, closed } = await dial(await listen());
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n');
    expect(await closed()).not.toContain('HTTP/1.1');
  });

  it('is closed when an HTTP/2 client hangs up without a word', async () => {
    const { socket, closed, until } = await dial(await listen());
    const emptySettings = Buffer.from('000000040000000000', 'hex');
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), emptySettings]));
    await until(settingsAcknowledged);
    socket.end();
    expect(await closed()).toContain(settingsAcknowledged);
  });

  it('does no harm when it resets in the middle of the preface', async () => {
    const address = await listen();
    for (const beginning of ['P', 'PRI * HTT', 'PRI * HTTP/2.0', 'GET / HT']) {
      const { socket } = await dial(address);
      await new Promise<void>((resolve) => socket.write(beginning, () => resolve()));
      socket.resetAndDestroy();
    }
    expect(await (await fetch(`http://127.0.0.1:${address.port}/alive`)).text()).toBe('1.1 GET /alive');
  });
});

describe('a client that is slow on purpose', () => {
  const http1 = { ...defaultPortLimits.http1, headersTimeout: 100, connectionsCheckingInterval: 20 };

  it('is answered 408 when its headers do not come in time', async () => {
    const { socket, closed } = await dial(await listen(hello, { http1 }));
    socket.write('GET / HTTP/1.1\r\nhost: a\r\nx-slow: ');
    expect(await closed()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it.each([
    ['nothing', ''],
    ['half a preface', 'PRI * HT'],
  ])('is dropped when it says %s', async (_name, beginning) => {
    const { socket, closed } = await dial(await listen(hello, { sniffTimeoutMs: 50 }));
    socket.write(beginning);
    expect(await closed()).toBe('');
  });

  it('loses an HTTP/2 session that does nothing', async () => {
    const client = openSession(await listen(hello, { http2IdleMs: 50 }));
    await once(client, 'close');
    expect(client.destroyed).toBe(true);
  });

  it('is given 5 s for headers, looked at twice a second, and streams their time', () => {
    expect(defaultPortLimits).toMatchObject({
      sniffTimeoutMs: 5000,
      http1: { headersTimeout: 5000, connectionsCheckingInterval: 500, requestTimeout: 0 },
      http2: { settings: { maxConcurrentStreams: 256 } },
    });
  });
});

describe('closing', () => {
  /** A handler whose answers wait for the test. */
  function held() {
    const { promise: arrived, resolve } = Promise.withResolvers<NodeResponse>();
    return { arrived, handler: (_request: NodeRequest, response: NodeResponse) => resolve(response) };
  }

  it('says GOAWAY, lets the call in flight finish, then ends', async () => {
    const { arrived, handler } = held();
    const address = await listen(handler);
    const client = openSession(address);
    const answer = get(client, '/');
    const response = await arrived;
    const goaway = once(client, 'goaway');
    const closing = open.server!.close(60_000);
    expect((await goaway)[0]).toBe(http2.constants.NGHTTP2_NO_ERROR);
    response.end('in time');
    expect(await answer).toBe('in time');
    await closing;
    await expect(fetch(`http://127.0.0.1:${address.port}/`)).rejects.toThrow('fetch failed');
  });

  it('lets an HTTP/1.1 call in flight finish', async () => {
    const { arrived, handler } = held();
    const { socket, until } = await dial(await listen(handler));
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    const response = await arrived;
    const closing = open.server!.close(60_000);
    response.end('in time');
    expect(await until('in time')).toMatch(/^HTTP\/1\.1 200 /);
    await closing;
  });

  it('cuts what is left after the grace', async () => {
    const { arrived, handler } = held();
    const stream = openSession(await listen(handler))
      .request({ ':path': '/' })
      .on('error', () => {});
    await arrived;
    const cut = new Promise<void>((resolve) => stream.once('close', () => resolve()));
    await open.server!.close(20);
    await cut;
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
  });

  it('does not wait for those that have said nothing yet', async () => {
    const { socket, closed } = await dial(await listen());
    socket.write('PRI');
    await open.server!.close(60_000);
    expect(await closed()).toBe('');
  });

  it('does not wait for idle connections', async () => {
    const address = await listen();
    const client = openSession(address);
    await get(client, '/');
    await (await fetch(`http://127.0.0.1:${address.port}/`)).text();
    await expect(open.server!.close(60_000)).resolves.toBeUndefined();
  });
});
