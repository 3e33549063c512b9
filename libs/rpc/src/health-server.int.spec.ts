import { createLogger } from '@oncelog/telemetry';
import { expect, it, onTestFinished } from 'vitest';
import { createServiceState } from './handlers/service-state.ts';
import { createHealthServer } from './health-server.ts';

async function open() {
  const state = createServiceState({ version: 'spec' });
  const server = createHealthServer({ state, logger: createLogger({ level: 'silent', name: 'spec' }) });
  const { port } = await server.listen(0, '127.0.0.1');
  onTestFinished(() => server.close(0));
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  return { state, get };
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
