import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AggregatorProcess, launchAggregator } from '../launch/aggregator-process.ts';
import { http1Client, type HttpClient } from './raw-http.ts';
import { restFailure } from './wire-failure.ts';

let aggregator: AggregatorProcess;
let rest: HttpClient;

beforeAll(async () => {
  aggregator = await launchAggregator();
  rest = http1Client(aggregator.port);
});

afterAll(async () => {
  rest.close();
  await aggregator.end('SIGTERM');
});

describe('WRONG_METHOD', () => {
  it.each([
    ['GET', '/publish', 'POST'],
    ['PUT', '/publish', 'POST'],
    ['GET', '/check', 'POST'],
    ['POST', '/events', 'GET'],
    ['DELETE', '/events/a/b', 'GET'],
    ['POST', '/stats', 'GET'],
    ['POST', '/health', 'GET'],
    ['PUT', '/oncelog.v1.EventLogService/Publish', 'POST'],
    ['GET', '/oncelog.v1.EventLogService/Publish', 'POST'],
    ['PUT', '/oncelog.v1.EventLogService/GetStats', 'POST, GET'],
    ['PUT', '/oncelog.v1.EventLogService/CheckEvents', 'POST, GET'],
  ])('is 405 for %s %s, and says to %s', async (method, path, allow) => {
    const answer = await rest.send({ method, path });
    expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
    expect(restFailure(405, answer.body.toString()).facts).toMatchObject({
      code: 'WRONG_METHOD',
      outcome: 'none',
      actual: method,
    });
  });
});

describe('WRONG_MEDIA_TYPE', () => {
  it.each([
    ['/publish', 'text/plain'],
    ['/publish', 'application/xml; charset=utf-8'],
    ['/publish', 'application/jsonx'],
    ['/check', 'application/x-ndjson'],
    ['/oncelog.v1.EventLogService/Publish', 'text/plain'],
    ['/oncelog.v1.EventLogService/Publish', 'application/grpc+xml'],
    ['/oncelog.v1.EventLogService/PublishStream', 'application/json'],
  ])('is 415 on %s for %s', async (path, type) => {
    const answer = await rest.send({ path, headers: { 'content-type': type }, body: '{}' });
    expect(answer.status).toBe(415);
    expect(restFailure(415, answer.body.toString()).facts).toMatchObject({
      code: 'WRONG_MEDIA_TYPE',
      field: 'content-type',
      outcome: 'none',
    });
  });

  it('is 415 for an encoding that is not served', async () => {
    const answer = await rest.send({ path: '/publish', headers: { 'content-encoding': 'br' }, body: 'x' });
    expect([answer.status, restFailure(415, answer.body.toString()).facts.field]).toEqual([415, 'content-encoding']);
  });
});
