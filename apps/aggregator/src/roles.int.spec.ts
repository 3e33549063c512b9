import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, startRedis, type TestServer } from '@oncelog/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  brokerOfTest,
  hasServices,
  isDrained,
  RecordedLog,
  start,
  storeOfTest,
  untilStats,
} from './testing/aggregators-of-test.ts';

const event = (id: string) => ({ topic: 't', event_id: id });
const checked = async (aggregator: Awaited<ReturnType<typeof start>>, ...ids: string[]) => {
  const { json } = await aggregator.post('/check', ids.map(event));
  return (json['checked'] as { status: string }[]).map(({ status }) => status);
};

function stopped<S extends TestServer>(server: S): S {
  onTestFinished(() => server.stop());
  return server;
}

describe.runIf(hasServices)('an aggregator', () => {
  it('stores in PostgreSQL before it answers, and makes no folder for it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oncelog-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const dataDir = join(folder, 'data');
    const one = await start(['--store', storeOfTest(), '--data-dir', dataDir]);
    expect(await one.post('/publish', event('a'))).toMatchObject({ status: 200, json: { processed: ['a'] } });
    expect(await one.post('/publish', event('a'))).toMatchObject({ status: 200, json: { duplicates: 1 } });
    expect((await one.get('/stats')).json).toMatchObject({ store: 'postgresql', durability: 'os' });
    expect(existsSync(dataDir)).toBe(false);
  });

  it('works for its broker by itself when it has no role', async () => {
    const one = await start(['--store', 'memory', '--broker', brokerOfTest()]);
    const answer = await one.post('/publish', [event('a'), event('b'), event('a')]);
    expect(answer).toMatchObject({ status: 202, json: { status: 'queued', pending: ['a', 'b', 'a'] } });
    const stats = await untilStats(one, isDrained);
    expect(stats).toMatchObject({ received: 3, unique_processed: 2, duplicate_dropped: 1, durability: 'accepted' });
    expect(await checked(one, 'a', 'c')).toEqual(['DUPLICATE', 'NEW']);
  });

  it('that only serves stores nothing of what its broker holds, until one that only works has come', async () => {
    const places = ['--store', storeOfTest(), '--broker', brokerOfTest()];
    const [first, second] = [await start([...places, '--role', 'serve']), await start([...places, '--role', 'serve'])];
    expect((await first.post('/publish', [event('a'), event('b')])).status).toBe(202);
    expect((await second.post('/publish', event('a'))).status).toBe(202);
    for (const each of [first, second]) {
      expect((await each.get('/stats')).json).toMatchObject({ received: 0, broker: { waiting_events: 3 } });
    }
    expect(await checked(second, 'a')).toEqual(['NEW']);

    const worker = await start([...places, '--role', 'work']);
    for (const each of [first, second]) {
      expect(await untilStats(each, isDrained)).toMatchObject({ received: 3, unique_processed: 2 });
      expect(await checked(each, 'a', 'b')).toEqual(['DUPLICATE', 'DUPLICATE']);
    }
    for (const path of ['/livez', '/readyz', '/health']) expect((await worker.get(path)).status).toBe(200);
    expect(await worker.post('/publish', event('c'))).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
    expect((await worker.get('/stats')).status).toBe(404);
  });

  it('takes as many events ahead of its store as it is told, and refuses more', async () => {
    const places = ['--store', storeOfTest(), '--broker', brokerOfTest()];
    const one = await start([...places, '--role', 'serve', '--broker-events-max', '1000']);
    const thousand = Array.from({ length: 1000 }, (_, id) => event(String(id)));
    expect((await one.post('/publish', thousand)).status).toBe(202);
    const { status, headers, json } = await one.post('/publish', event('more'));
    expect([status, json['code'], json['outcome']]).toEqual([429, 'QUEUE_FULL', 'none']);
    expect(headers.has('retry-after')).toBe(true);
  });

  it('whose broker is lost stays ready, refuses what it cannot keep, and takes it when that is back', async () => {
    const redis = stopped(await startRedis());
    const one = await start(['--store', 'memory', '--broker', redis.url]);
    await redis.kill();
    const { status, headers, json } = await one.post('/publish', event('a'));
    expect([status, json['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect(headers.has('retry-after')).toBe(true);
    expect((await one.get('/livez')).status).toBe(200);
    expect((await one.get('/readyz')).status).toBe(200);
    // Reading needs no broker.
    expect(await checked(one, 'a')).toEqual(['NEW']);
    await redis.start();
    while ((await one.post('/publish', event('a'))).status !== 202);
    await untilStats(one, isDrained);
    expect(await checked(one, 'a')).toEqual(['DUPLICATE']);
  });

  it('whose store is lost stays ready and goes on accepting, and stores it all when the store is back', async () => {
    const postgres = stopped(await startPostgres({ durable: false }));
    const log = new RecordedLog();
    const one = await start(['--store', storeOfTest(postgres.url), '--broker', brokerOfTest()], { log });
    await postgres.kill();
    for (const id of ['a', 'b', 'c']) expect((await one.post('/publish', event(id))).status).toBe(202);
    await log.until(/^the worker: /);
    expect(await one.post('/check', event('a'))).toMatchObject({ status: 503, json: { code: 'STORE_UNAVAILABLE' } });
    expect((await one.get('/readyz')).status).toBe(200);
    await postgres.start();
    while ((await one.get('/stats')).status !== 200);
    expect(await untilStats(one, isDrained)).toMatchObject({ unique_processed: 3, conflicts: 0 });
  });
});
