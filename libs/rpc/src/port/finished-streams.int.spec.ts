// Some releases of Node.js end HTTP/2 streams that have finished with ERR_STREAM_PREMATURE_CLOSE when whoever reads
// them awaits something in between. An upgrade to one of those has to fail here.
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { defaultLimits } from '@oncelog/core';
import { Health, HealthCheckResponse_ServingStatus as Status } from '@oncelog/protocol';
import { createLogger } from '@oncelog/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRpcListener } from '../connect/rpc-listener.ts';
import { createServiceState } from '../handlers/service-state.ts';
import { createDualServer } from './dual-server.ts';

const messages = 3;
const services = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [`service-${index}`, { status: Status.SERVING }]),
);

const listener = createRpcListener({
  state: createServiceState({ version: 'spec' }),
  logger: createLogger({ level: 'silent', name: 'spec' }),
  limits: defaultLimits,
  shutdownSignal: new AbortController().signal,
  routes: (router) =>
    router.service(Health, {
      list: () => ({ statuses: services }),
      async *watch() {
        for (let sent = 0; sent < messages; sent += 1) yield { status: Status.SERVING };
      },
    }),
});
const server = createDualServer((request, response) => void listener.handle(request, response));
let baseUrl = '';

beforeAll(async () => {
  baseUrl = `http://127.0.0.1:${(await server.listen(0, '127.0.0.1')).port}`;
});

afterAll(() => server.close(0));

/** Lets the stream end before its reader comes back to it. */
const dawdling: Interceptor = (next) => async (request) => {
  const response = await next(request);
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return response;
};

it.each([
  ['gRPC', createGrpcTransport, []],
  ['gRPC with an interceptor that awaits', createGrpcTransport, [dawdling]],
  ['Connect', createConnectTransport, []],
  ['Connect with an interceptor that awaits', createConnectTransport, [dawdling]],
])('finished streams end well over %s', async (_name, createTransport, interceptors) => {
  const client = createClient(Health, createTransport({ baseUrl, httpVersion: '2', interceptors }));
  const unary = async () => expect(Object.keys((await client.list({})).statuses)).toHaveLength(500);
  const streaming = async () => {
    let received = 0;
    for await (const _ of client.watch({})) received += 1;
    expect(received).toBe(messages);
  };
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? unary() : streaming())));
  }
});
