import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { EventLogService, Health, HealthCheckResponse_ServingStatus as Status } from '@oncelog/protocol';
import { createLogger } from '@oncelog/telemetry';
import { expect, it, onTestFinished } from 'vitest';
import { createServiceState } from './handlers/service-state.ts';
import { createHealthServer } from './health-server.ts';

async function open() {
  const state = createServiceState({ version: 'spec' });
  const server = createHealthServer({ state, logger: createLogger({ level: 'silent', name: 'spec' }) });
  const { port } = await server.listen(0, '127.0.0.1');
  onTestFinished(() => server.close(0));
  const url = `http://127.0.0.1:${port}`;
  const get = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init);
  return { state, get, transport: createGrpcTransport({ baseUrl: url }) };
}

it('a process that only works tells whether it lives, and whether it is ready', async () => {
  const { state, get } = await open();
  expect((await get('/livez')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(503);
  state.ready = true;
  for (const path of ['/livez', '/readyz', '/health']) expect((await get(path)).status).toBe(200);
});

it.each([
  ['POST', '/publish', 404],
  ['GET', '/stats', 404],
  ['POST', '/oncelog.v1.EventLogService/GetStats', 404],
  ['POST', '/livez', 405],
])('a process that only works takes no %s %s', async (method, path, status) => {
  const { get } = await open();
  const answer = await get(path, { method });
  expect(answer.status).toBe(status);
  if (status === 404) expect(await answer.text()).toContain('works for the broker');
});

it('a process that only works tells the same over gRPC, and has no other method', async () => {
  const { state, transport } = await open();
  const health = createClient(Health, transport);
  expect(await health.check({})).toMatchObject({ status: Status.NOT_SERVING });
  state.ready = true;
  expect(await health.check({})).toMatchObject({ status: Status.SERVING });
  const refused = createClient(EventLogService, transport).getStats({});
  expect(await refused.catch((error: unknown) => ConnectError.from(error).code)).toBe(Code.Unimplemented);
});
