import { OncelogError } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { durableRedis, hasService, type RedisServer, startRedis } from '@oncelog/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createRedisBroker } from './redis-broker.ts';
import { dropConnections, redisCommand } from './testing/redis-commands.ts';
import { until, works } from './testing/until.ts';

const oneEvent = [[sampleEvent('t', 'a')]];

describe.runIf(hasService('redis'))('a Redis that would lose events', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function redisWith(settings: Readonly<Record<string, string>>): Promise<RedisServer> {
    const server = await startRedis({ ...durableRedis, ...settings });
    closing.push(() => server.stop());
    return server;
  }

  async function open(url: string, allow: readonly string[] = []) {
    const broker = await createRedisBroker({ url, allow });
    closing.push(() => broker.close());
    return broker;
  }

  it.each([
    ['appendonly', 'no', 'yes', 'all events'],
    ['appendfsync', 'everysec', 'always', 'events of a second'],
    ['appendfsync', 'no', 'always', 'events of a second'],
    ['no-appendfsync-on-rewrite', 'yes', 'no', 'a rewrite'],
    ['maxmemory-policy', 'allkeys-lru', 'noeviction', 'nobody has stored'],
  ])('is refused for %s %s, by name and with the price, unless that is allowed', async (name, value, wanted, lost) => {
    const { url } = await redisWith({ [name]: value });
    const error = await refusalOf(open(url));
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: `broker.${name}`, actual: value }] });
    for (const part of [`${name} ${value}`, `must be ${wanted}`, lost, `--broker-allow ${name}`]) {
      expect(error.message).toContain(part);
    }
    await append(await open(url, [name]), oneEvent);
  });

  it('is told of everything that is wrong at once', async () => {
    const { url } = await redisWith({ appendfsync: 'no', 'maxmemory-policy': 'volatile-ttl' });
    const { violations } = await refusalOf(open(url, []));
    expect(violations.map(({ field }) => field)).toEqual(['broker.appendfsync', 'broker.maxmemory-policy']);
    await expect(open(url, ['appendfsync'])).rejects.toMatchObject({ code: 'RULE_BROKEN' });
  });

  it('is refused when it does not tell its settings, unless that is allowed', async () => {
    const { url, port } = await redisWith({});
    await redisCommand(url, 'ACL', 'SETUSER', 'silent', 'on', '>secret', '~*', '+@all', '-config');
    const silent = `redis://silent:secret@127.0.0.1:${port}`;
    const error = await refusalOf(open(silent));
    expect(error.message).toContain('--broker-allow unknown-settings');
    expect(error.message).not.toContain('secret');
    await append(await open(silent, ['unknown-settings']), oneEvent);
  });

  it('is refused as a replica, whatever is allowed', async () => {
    const primary = await redisWith({});
    const replica = await redisWith({ replicaof: `127.0.0.1 ${primary.port}` });
    const error = await refusalOf(open(replica.url, ['appendfsync']));
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'broker.role', actual: 'slave' }] });
  });

  it('is not asked at all about a risk that nobody knows', async () => {
    await expect(createRedisBroker({ url: 'redis://127.0.0.1:1', allow: ['everything'] })).rejects.toMatchObject({
      code: 'RULE_BROKEN',
      violations: [{ field: 'broker_allow', actual: 'everything' }],
    });
  });

  it('is given nothing when it has become one behind a connection that was lost, until it is mended', async () => {
    const { url } = await redisWith({});
    const broker = await open(url);
    await append(broker, oneEvent);
    await redisCommand(url, 'CONFIG', 'SET', 'appendfsync', 'everysec');
    await dropConnections(url);
    const error = await refusalNaming('appendfsync everysec', () => append(broker, oneEvent));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
    await expect(broker.openConsumer('w')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await redisCommand(url, 'CONFIG', 'SET', 'appendfsync', 'always');
    await until(() => works(append(broker, oneEvent)));
  });

  it('is given nothing from when it has become a replica, until it is a primary again', async () => {
    const other = await redisWith({});
    const { url } = await redisWith({});
    const broker = await open(url);
    await redisCommand(url, 'REPLICAOF', '127.0.0.1', String(other.port));
    const error = await refusalNaming('replica', () => append(broker, oneEvent));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
    await redisCommand(url, 'REPLICAOF', 'NO', 'ONE');
    await until(() => works(append(broker, oneEvent)));
  });
});

describe.runIf(hasService('redis'))('a Redis that lets nobody in', () => {
  it('is refused for good, without a word of the password', async () => {
    const server = await startRedis({ ...durableRedis, requirepass: 'right' });
    for (const login of ['', ':wrong@', 'nobody:wrong@']) {
      const error = await refusalOf(createRedisBroker({ url: `redis://${login}127.0.0.1:${server.port}` }));
      expect(error).toMatchObject({ code: 'RULE_BROKEN' });
      expect(error.message).toContain(`127.0.0.1:${server.port}`);
      expect(error.message).not.toContain('wrong');
    }
    const broker = await createRedisBroker({ url: `redis://:right@127.0.0.1:${server.port}` });
    await append(broker, oneEvent);
    await broker.close();
    await server.stop();
  });
});

async function refusalOf(call: Promise<unknown>): Promise<OncelogError> {
  const error = await call.then(
    () => expect.fail('it was expected to be refused'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OncelogError);
  return error as OncelogError;
}

/** Until it is for this that it is refused. */
async function refusalNaming(reason: string, call: () => Promise<unknown>): Promise<OncelogError> {
  let refusal: OncelogError | undefined;
  await until(async () => {
    refusal = await call().then(
      () => undefined,
      (error: OncelogError) => error,
    );
    return refusal?.message.includes(reason) === true;
  });
  return refusal!;
}
