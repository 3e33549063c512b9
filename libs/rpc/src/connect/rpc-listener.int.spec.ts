import { once } from 'node:events';
import { connect } from 'node:net';
import { defaultLimits } from '@oncelog/core';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@oncelog/protocol';
import { createLogger } from '@oncelog/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServiceState } from '../handlers/service-state.ts';
import { createDualServer } from '../port/dual-server.ts';
import { createRpcListener } from './rpc-listener.ts';

const path = '/grpc.health.v1.Health/Check';
const listener = createRpcListener({
  state: createServiceState({ version: 'spec' }),
  logger: createLogger({ level: 'silent', name: 'spec' }),
  limits: { ...defaultLimits, requestBytesMax: 1000 },
  shutdownSignal: new AbortController().signal,
  unaryBodyTimeoutMs: 50,
  routes: (router) => router.service(Health, { check: () => ({ status: Status.SERVING }) }),
});
const server = createDualServer((request, response) => void listener.handle(request, response));
let port = 0;

beforeAll(async () => {
  ({ port } = await server.listen(0, '127.0.0.1'));
});

afterAll(() => server.close(0));

/** A connection that says a request, and what it has heard so far. */
function dial() {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  const post = (length: number, body: string) =>
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`,
    );
  const until = async (text: string) => {
    while (!heard.includes(text)) await once(socket, 'data');
    return heard;
  };
  return { socket, post, until };
}

describe('a unary call', () => {
  it('leaves its connection usable when its body was refused before its end', async () => {
    const { socket, post, until } = dial();
    // More than the buffers between the two hold, so that some of it is still on its way when the answer comes.
    post(8_000_000, ' '.repeat(8_000_000));
    await until('resource_exhausted');
    post(2, '{}');
    expect(await until('{"status":"SERVING"}')).toContain('HTTP/1.1 200 OK');
    socket.destroy();
  });

  it('is given up when its body does not come in time', async () => {
    const { socket, post, until } = dial();
    post(10, '{');
    await until('deadline_exceeded');
    expect(await until('{"code"')).toContain('did not arrive within 0.05 s');
    // It never comes, so the connection does not wait for it either.
    await once(socket, 'close');
  });

  it('is refused for a host that no URL can hold', () => {
    const request = {
      url: path,
      method: 'POST',
      headers: { 'content-type': 'application/json', host: '[' },
      socket: {},
      once: () => {},
    };
    const response = { once: () => {}, off: () => {} };
    expect(() => listener.handle(request as never, response as never)).toThrow('host: is not a host name');
  });
});
