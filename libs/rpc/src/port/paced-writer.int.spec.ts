import http from 'node:http';
import http2 from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createDualServer, type DualServer, type NodeResponse } from './dual-server.ts';
import { createPacedWriter, type Written } from './paced-writer.ts';

/** More than all buffers between the two ends take: loopback holds up to 6 MiB for a reader that does not read. */
const manyBytes = 32 * 1024 * 1024;
const chunk = Buffer.alloc(128 * 1024, 'x');

/** Comes only when something hangs. */
const never = 50_000;

interface Reader {
  readonly body: Readable;
  leave(): void;
}

type Read = (port: number) => Promise<Reader>;

const overHttp1: Read = (port) =>
  new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', agent: false }, (body) => {
      resolve({ body: body.on('error', () => {}), leave: () => request.destroy() });
    });
    request.on('error', () => {});
  });

const overHttp2: Read = (port) =>
  new Promise((resolve) => {
    const session = http2.connect(`http://127.0.0.1:${port}`).on('error', () => {});
    const stream = session.request({ ':path': '/' }).on('error', () => {});
    stream.once('response', () => resolve({ body: stream, leave: () => session.destroy() }));
    stream.once('close', () => session.close());
  });

let server: DualServer | undefined;
afterEach(() => server?.close(0));

/** A server's response and its reader, who takes nothing until told to. */
async function answering(read: Read) {
  const { promise, resolve } = Promise.withResolvers<NodeResponse>();
  server = createDualServer((_request, answer) => {
    answer.on('error', () => {});
    answer.writeHead(200);
    transportOf(answer).write(':');
    resolve(answer);
  });
  const { port } = await server.listen(0, '127.0.0.1');
  const [response, reader] = await Promise.all([promise, read(port)]);
  return { response, transport: transportOf(response), reader };
}

function transportOf(response: NodeResponse): Writable {
  return 'stream' in response ? response.stream : response;
}

/** How many bytes come until the end, whichever end it is. */
async function received({ body }: Reader): Promise<number> {
  let bytes = 0;
  body.on('data', (part: Buffer) => (bytes += part.length));
  await new Promise((resolve) => body.once('close', resolve));
  return bytes;
}

describe.each([
  ['HTTP/1.1', overHttp1],
  ['HTTP/2', overHttp2],
])('a paced writer over %s', (_name, read) => {
  it('writes all of it to a reader that reads', async () => {
    const { response, reader } = await answering(read);
    const body = received(reader);
    const writer = createPacedWriter(response, { stallMs: never });
    for (let sent = 0; sent < manyBytes; sent += chunk.length) expect(await writer.write(chunk)).toBe('ok');
    writer.end('', never);
    expect(await body).toBe(1 + manyBytes);
    expect(writer.closed.aborted).toBe(true);
  });

  it('waits for a reader that does not read, and goes on when it does', async () => {
    const { response, reader } = await answering(read);
    const writer = createPacedWriter(response, { stallMs: never });
    const sending = writeUntilHeld(writer);
    const { held, bytes } = await sending;
    expect(bytes).toBeLessThan(manyBytes);
    const body = received(reader);
    expect(await held).toBe('ok');
    writer.end('', never);
    expect(await body).toBe(1 + bytes);
  });

  it('tells of a reader that takes nothing, who finds everything written when it reads on', async () => {
    const { response, reader } = await answering(read);
    const writer = createPacedWriter(response, { stallMs: 50 });
    let sent = chunk.length;
    let written: Written;
    while ((written = await writer.write(chunk)) === 'ok') sent += chunk.length;
    expect(written).toBe('stalled');
    writer.end('the end', never);
    expect(await received(reader)).toBe(1 + sent + 'the end'.length);
  });

  it('cuts a reader off that does not take the rest in time', async () => {
    const { response, reader } = await answering(read);
    const writer = createPacedWriter(response, { stallMs: never });
    const { held, bytes } = await writeUntilHeld(writer);
    writer.end('the end', 20);
    expect(await held).toBe('closed');
    expect(writer.closed.aborted).toBe(true);
    expect(await received(reader)).toBeLessThan(bytes);
  });

  it('tells that the reader has left, also in the middle of a wait and ever after', async () => {
    const { response, reader } = await answering(read);
    const writer = createPacedWriter(response, { stallMs: never });
    const { held } = await writeUntilHeld(writer);
    reader.leave();
    expect(await held).toBe('closed');
    expect(await writer.write('more')).toBe('closed');
    expect(await createPacedWriter(response, { stallMs: never }).write('more')).toBe('closed');
  });

  it('keeps no listener of a wait that is over', async () => {
    const { response, transport, reader } = await answering(read);
    const writer = createPacedWriter(response, { stallMs: never });
    const before = [transport.listenerCount('drain'), transport.listenerCount('close')];
    const body = received(reader);
    for (let sent = 0; sent < manyBytes; sent += chunk.length) await writer.write(chunk);
    expect([transport.listenerCount('drain'), transport.listenerCount('close')]).toEqual(before);
    writer.end('', never);
    await body;
  });
});

/** Writes until one write has to wait: it neither resolves by itself nor within many turns of the event loop. */
async function writeUntilHeld(writer: ReturnType<typeof createPacedWriter>) {
  for (let bytes = chunk.length; ; bytes += chunk.length) {
    let settled = false;
    const held = writer.write(chunk).finally(() => (settled = true));
    for (let turn = 0; turn < 200 && !settled; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (!settled) return { held, bytes };
    await held;
  }
}
