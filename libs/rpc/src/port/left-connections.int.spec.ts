import { once } from 'node:events';
import { type AddressInfo, connect, type NetConnectOpts, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDualServer, type DualServer, type NodeRequest, type NodeResponse } from './dual-server.ts';
import { defaultPortLimits } from './http-limits.ts';

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const emptySettings = Buffer.from('000000040000000000', 'hex');
/** Settings with the widest window, the connection's own widened, and GET / on stream 1. */
const askForAll = Buffer.from(
  '00000604000000000000047fffffff0000040800000000007fff0000000006010500000001828486410161',
  'hex',
);
/** "At once" on a busy machine. */
const atOnceMs = 5000;

let server: DualServer;
let address: AddressInfo;
let handle: (request: NodeRequest, response: NodeResponse) => void;
let socket: Socket;

beforeEach(async () => {
  server = createDualServer((request, response) => handle(request, response), {
    ...defaultPortLimits,
    http2LingerMs: 50,
  });
  address = await server.listen(0, '127.0.0.1');
});

afterEach(async () => {
  socket.destroy();
  await server.close(0);
});

function dial(options: Partial<NetConnectOpts> = {}): void {
  socket = connect({ host: '127.0.0.1', port: address.port, ...options });
  socket.on('error', () => {});
}

async function msToClose(graceMs: number): Promise<number> {
  const startMs = performance.now();
  await server.close(graceMs);
  return performance.now() - startMs;
}

describe('a client that has left', () => {
  it('is told of to all answers it had asked for, also those whose turn had not come', async () => {
    const closed: string[] = [];
    const asked = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    handle = (request, response) => {
      response.once('close', () => {
        closed.push(request.url!);
        if (closed.length === 3) left.resolve();
      });
      if (request.url === '/third') asked.resolve();
    };
    dial();
    socket.write(['/first', '/second', '/third'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
    await asked.promise;
    socket.destroy();
    await left.promise;
    expect(closed.sort()).toEqual(['/first', '/second', '/third']);
  });
});

describe('closing', () => {
  it('does not wait for a client that never closes its end of an HTTP/2 connection', async () => {
    dial({ allowHalfOpen: true });
    socket.write(preface);
    socket.write(emptySettings);
    await once(socket, 'data');
    const ended = once(socket.resume(), 'end');
    expect(await msToClose(20_000)).toBeLessThan(atOnceMs);
    await ended;
  });

  it('cuts a client off that reads nothing', async () => {
    const writing = Promise.withResolvers<void>();
    handle = (_request, response) => {
      response.end(Buffer.alloc(32 * 1024 * 1024).toString('latin1'));
      writing.resolve();
    };
    dial();
    socket.write(preface);
    socket.write(askForAll);
    await writing.promise;
    expect(await msToClose(50)).toBeLessThan(atOnceMs);
  });
});
