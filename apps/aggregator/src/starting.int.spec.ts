import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durableRedis, startPostgres, startRedis, type TestServer } from '@oncelog/testing';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { brokerOfTest, hasServices, RecordedLog, start, storeOfTest } from './testing/aggregators-of-test.ts';

function stopped<S extends TestServer>(server: S): S {
  onTestFinished(() => server.stop());
  return server;
}

const waiting = /^waiting for the/;
const secret = 's3cret';
const withSecret = (url: string) => url.replace('//', `//user:${secret}@`).replace('postgres@', '');

async function refusalOf(args: readonly string[], log: RecordedLog, waitMs?: number): Promise<Error> {
  const refusal = await start(args, { log, ...(waitMs !== undefined && { waitMs }) }).then(
    () => expect.unreachable('it started'),
    (error: unknown) => error as Error,
  );
  expect(`${refusal.message} ${log.lines.join(' ')}`).not.toContain(secret);
  return refusal;
}

describe.runIf(hasServices)('a start', () => {
  it('waits for a broker that is not there yet, and says so', async () => {
    const redis = stopped(await startRedis());
    await redis.kill();
    const log = new RecordedLog();
    const starting = start(['--store', 'memory', '--broker', redis.url], { log });
    await log.until(waiting);
    expect(log.lines[0]).toContain(`redis at 127.0.0.1:${redis.port}`);
    await redis.start();
    const one = await starting;
    expect((await one.post('/publish', { topic: 't', event_id: 'a' })).status).toBe(202);
  });

  it('waits for a PostgreSQL that is not there yet, and says so', async () => {
    const postgres = stopped(await startPostgres({ durable: false }));
    await postgres.kill();
    const log = new RecordedLog();
    const starting = start(['--store', storeOfTest(postgres.url)], { log });
    await log.until(waiting);
    expect(log.lines[0]).toContain(`127.0.0.1:${postgres.port}`);
    await postgres.start();
    const one = await starting;
    expect((await one.post('/publish', { topic: 't', event_id: 'a' })).status).toBe(200);
  });

  it.each([
    ['store', ['--store', withSecret('postgresql://127.0.0.1:1/postgres')]],
    ['broker', ['--store', 'memory', '--broker', withSecret('redis://127.0.0.1:1')]],
    ['store', ['--store', withSecret('postgresql://nobody.invalid/postgres')]],
    ['broker', ['--store', 'memory', '--broker', withSecret('redis://nobody.invalid')]],
  ])('does not wait for ever for a %s, and never names its password: %j', async (what, args) => {
    const log = new RecordedLog();
    const { message } = await refusalOf(args, log, 1);
    expect(message).toMatch(new RegExp(`\\(the ${what} was waited for, 0.001 s\\)$`));
  });

  it('ends at once at a Redis whose settings lose events, unless the risk is taken by name', async () => {
    const redis = stopped(await startRedis({ ...durableRedis, appendfsync: 'everysec' }));
    const args = ['--store', 'memory', '--broker', redis.url];
    const log = new RecordedLog();
    expect(await refusalOf(args, log)).toMatchObject({
      code: 'RULE_BROKEN',
      message: expect.stringContaining('--broker-allow appendfsync'),
    });
    expect(await refusalOf([...args, '--broker-allow', 'appendfsink'], log)).toMatchObject({ code: 'RULE_BROKEN' });
    expect(log.lines).toEqual([]);
    expect((await start([...args, '--broker-allow', 'appendfsync'])).url).toContain('http://');
  });

  it('ends at once at a wrong password, and never names it', async () => {
    const redis = stopped(await startRedis({ ...durableRedis, requirepass: 'right' }));
    const log = new RecordedLog();
    const refusal = await refusalOf(['--store', 'memory', '--broker', withSecret(redis.url)], log);
    expect(refusal).toMatchObject({ code: 'RULE_BROKEN' });
    expect(log.lines).toEqual([]);
  });

  it('ends at once at a PostgreSQL without the database or the user that it names', async () => {
    const log = new RecordedLog();
    const server = new URL(inject('postgresUrl')!);
    const nowhere = new URL(server);
    nowhere.pathname = '/nowhere';
    const nobody = new URL(server);
    nobody.username = 'nobody';
    nobody.password = secret;
    for (const { href } of [nowhere, nobody]) {
      expect(await refusalOf(['--store', href], log)).toMatchObject({ code: 'RULE_BROKEN' });
    }
    expect(log.lines).toEqual([]);
  });

  it('that fails leaves its store to the next one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'oncelog-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const args = ['--store', 'sqlite', '--data-dir', folder];
    await refusalOf([...args, '--broker', 'redis://127.0.0.1:1'], new RecordedLog(), 0);
    const one = await start([...args, '--broker', brokerOfTest()]);
    await refusalOf(
      ['--port', new URL(one.url).port, '--store', 'memory', '--broker', brokerOfTest()],
      new RecordedLog(),
    );
    expect((await one.post('/publish', { topic: 't', event_id: 'a' })).status).toBe(202);
  });
});
