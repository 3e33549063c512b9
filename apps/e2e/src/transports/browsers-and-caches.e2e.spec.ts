import { EventLogService } from '@oncelog/protocol';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { pathOf } from './grpc-js-wire.ts';
import { http1Client, type HttpClient } from './raw-http.ts';

const page = 'https://app.example';
const getStats = pathOf(EventLogService.method.getStats);
const publish = pathOf(EventLogService.method.publish);

let aggregator: AggregatorProcess;
let http: HttpClient;

beforeAll(async () => {
  aggregator = await launchAggregator({ args: ['--cors-origins', page] });
  http = http1Client(aggregator.port);
  await http.send({ path: '/publish', body: '{"topic":"t","event_id":"a/b ü","payload":{"n":1}}' });
});

afterAll(async () => {
  http.close();
  await aggregator.end('SIGTERM');
});

describe('a browser on another origin', () => {
  const preflight = (origin: string, path: string) =>
    http.send({
      method: 'OPTIONS',
      path,
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });

  it.each(['/publish', '/events', publish])('may call %s when the operator named it', async (path) => {
    const { status, headers } = await preflight(page, path);
    expect([status, headers['access-control-allow-origin']]).toEqual([204, page]);
    expect(headers['access-control-allow-headers']).toContain('connect-protocol-version');
  });

  it('reads answers and errors alike', async () => {
    for (const path of ['/stats', '/nothing', '/events?limit=0']) {
      const { headers } = await http.send({ method: 'GET', path, headers: { origin: page } });
      expect(headers['access-control-allow-origin']).toBe(page);
    }
  });

  it('may not when nobody named it', async () => {
    const { status, headers } = await preflight('https://evil.example', '/publish');
    expect([status, headers['access-control-allow-origin']]).toEqual([405, undefined]);
    const read = await http.send({ method: 'GET', path: '/stats', headers: { origin: 'https://evil.example' } });
    expect(read.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('cannot publish past the preflight with a request that needs none', async () => {
    const body = new TextEncoder().encode('{"topic":"forged","event_id":"1"}');
    for (const type of [
      undefined,
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=b',
    ]) {
      const headers = type === undefined ? {} : { 'content-type': type };
      expect((await fetch(`${aggregator.url}/publish`, { method: 'POST', body, headers })).status, type).toBe(415);
      expect((await fetch(`${aggregator.url}${publish}`, { method: 'POST', body, headers })).status, type).toBe(415);
    }
    expect(await (await fetch(`${aggregator.url}/events?topic=forged`)).json()).toEqual([]);
  });

  it('may not on a server whose operator named none', async () => {
    const closed = await launchAggregator();
    const client = http1Client(closed.port);
    const { headers } = await client.send({
      method: 'OPTIONS',
      path: '/publish',
      headers: { origin: page, 'access-control-request-method': 'POST' },
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    client.close();
    await closed.end('SIGTERM');
  });
});

describe('HEAD', () => {
  it.each(['/stats', '/events', '/events/t/a%2Fb%20%C3%BC', '/health', '/livez', '/readyz'])(
    'of %s is its GET without the body',
    async (path) => {
      const head = await http.send({ method: 'HEAD', path });
      const get = await http.send({ method: 'GET', path });
      expect([head.status, head.body.length]).toEqual([200, 0]);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    },
  );
});

describe('a GET of the Connect protocol', () => {
  it('is answered like the POST', async () => {
    const client = createClient(
      EventLogService,
      createConnectTransport({ baseUrl: aggregator.url, httpVersion: '1.1', useHttpGet: true }),
    );
    expect((await client.getStats({})).counters).toMatchObject({ received: 1n });
    expect((await client.getEvent({ topic: 't', eventId: 'a/b ü' })).event!.position).toBe(1n);
    await expect(client.getEvent({ topic: 't', eventId: 'none' })).rejects.toMatchObject({ code: 5 });
  });

  it('may carry JSON', async () => {
    const message = encodeURIComponent('{}');
    const answer = await http.send({ method: 'GET', path: `${getStats}?connect=v1&encoding=json&message=${message}` });
    expect([answer.status, JSON.parse(answer.body.toString()).counters.stored]).toEqual([200, '1']);
  });

  it.each([
    ['encoding=json&message=%7B', 'request'],
    ['encoding=json&message=%7B%22x%22%3A1%7D', 'x'],
    ['encoding=proto&base64=1&message=CA', 'request'],
  ])('is refused in the same words when it is wrong: %s', async (query, field) => {
    const answer = await http.send({ method: 'GET', path: `${getStats}?connect=v1&${query}` });
    expect(answer.status).toBe(400);
    const { code, message } = JSON.parse(answer.body.toString()) as { code: string; message: string };
    expect([code, message.split(':')[0]]).toEqual(['invalid_argument', field]);
  });

  it('never publishes', async () => {
    const answer = await http.send({ method: 'GET', path: `${publish}?connect=v1&encoding=json&message=%7B%7D` });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});

describe('/health', () => {
  it.each(['/health', '/livez', '/readyz'])('is %s too', async (path) => {
    const { status, body } = await http.send({ method: 'GET', path });
    expect([status, body.toString()]).toEqual([200, '{"status":"healthy"}']);
  });
});
