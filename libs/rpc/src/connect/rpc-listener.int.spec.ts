import { once } from 'node:events';
import http from 'node:http';
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
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let port = 0;

beforeAll(async () => {
  ({ port } = await server.listen(0, '127.0.0.1'));
});

afterAll(async () => {
  agent.destroy();
  await server.close(0);
});

async function call(body: string): Promise<{ status: number; text: string }> {
  const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers: { 'content-type': 'application/json' } });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode!, text };
}

describe('a unary call', () => {
  it('leaves its connection usable when its body was refused before its end', async () => {
    // More than the buffers between the two hold, so that some of it is still on its way.
    const large = ' '.repeat(8_000_000);
    expect(await call(large)).toMatchObject({ status: 429 });
    expect(await call('{}')).toMatchObject({ status: 200, text: '{"status":"SERVING"}' });
  });

  it('is given up when its body does not come in time', async () => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.write(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{`);
    while (!answer.includes('deadline_exceeded')) await once(socket, 'data');
    expect(answer).toContain('did not arrive within 0.05 s');
    // It never comes, so the connection does not wait for it either.
    await once(socket, 'close');
  });

  it('is refused for a host that no URL can hold', () => {
    const request = { url: path, method: 'POST', headers: { 'content-type': 'application/json', host: '[' }, socket: {}, once: () => {} };
    const response = { once: () => {}, off: () => {} };
    expect(() => listener.handle(request as never, response as never)).toThrow('host: is not a host name');
  });
});
