import { type Broker, type NewEvent, OncelogError } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { durableRedis, hasService, type RedisServer, startRedis } from '@oncelog/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createRedisBroker } from './redis-broker.ts';
import { dropConnections, redisCommand } from './testing/redis-commands.ts';
import { until, works } from './testing/until.ts';

describe.runIf(hasService('redis'))('when Redis is away', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function started(
    settings: Readonly<Record<string, string>> = {},
  ): Promise<{ redis: RedisServer; broker: Broker }> {
    const redis = await startRedis({ ...durableRedis, ...settings });
    closing.push(() => redis.stop());
    const broker = await createRedisBroker({ url: redis.url });
    closing.push(() => broker.close());
    return { redis, broker };
  }

  it('a broker cannot be opened, and says so within its time', async () => {
    const { redis } = await started();
    await redis.kill();
    const error = await failureOf(createRedisBroker({ url: `redis://user:secret@127.0.0.1:${redis.port}` }));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
    expect(error.message).toBe(`cannot connect to redis at 127.0.0.1:${redis.port} (ECONNREFUSED)`);
    await redis.start();
    redis.signal('SIGSTOP');
    const beganMs = performance.now();
    const silent = await failureOf(createRedisBroker({ url: redis.url }));
    expect(silent.message).toBe(`cannot connect to redis at 127.0.0.1:${redis.port} (no answer in time)`);
    expect(performance.now() - beganMs).toBeLessThan(3000);
    redis.signal('SIGCONT');
  });

  it('killed again and again under load: what was accepted is there, once, and counted exactly', async () => {
    const { redis, broker } = await started();
    const accepted = new Set<string>();
    const failures: OncelogError[] = [];
    let running = true;
    const publishing = Array.from({ length: 4 }, async (_, publisher) => {
      for (let batch = 0; running; batch += 1) {
        const events = eventsOf(`${publisher}.${batch}.`, 3);
        await append(broker, [events]).then(
          () => events.forEach(({ eventId }) => accepted.add(eventId)),
          (error: OncelogError) => {
            failures.push(error);
            // As a client would, which is told when to come back.
            return until(() => works(broker.stats()));
          },
        );
      }
    });
    for (let kills = 0; kills < 3; kills += 1) {
      const before = accepted.size;
      await until(() => accepted.size > before + 300);
      await redis.kill();
      await redis.start();
    }
    const before = accepted.size;
    await until(() => accepted.size > before);
    running = false;
    await Promise.all(publishing);
    const held = await drain(broker);
    expect(new Set(held).size).toBe(held.length);
    const heldIds = new Set(held);
    expect([...accepted].filter((id) => !heldIds.has(id))).toEqual([]);
    // What is there and was not accepted had an answer that was lost.
    const unknown = failures.filter(({ outcome }) => outcome === 'unknown').length;
    expect(held.length - accepted.size).toBeLessThanOrEqual(unknown * 3);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.every(({ code }) => code === 'STORE_UNAVAILABLE')).toBe(true);
    expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
  });

  it('counts what waits as exactly after a kill as before', async () => {
    const { redis, broker } = await started();
    for (let index = 0; index < 10; index += 1) await append(broker, [eventsOf(`e${index}-`, 7)]);
    const consumer = await broker.openConsumer('w');
    const entries = await consumer.receive(20, AbortSignal.timeout(10_000));
    await consumer.acknowledge(entries.slice(0, 1));
    await consumer.bury(entries[1]!, 'bad');
    const before = await broker.stats();
    await redis.kill();
    await redis.start();
    await until(async () => (await broker.stats().catch(() => undefined)) !== undefined);
    expect(await broker.stats()).toEqual(before);
    expect(before).toEqual({ waitingEvents: 56, deliveredEvents: 7, deadEntries: 1 });
    await consumer.close();
  });

  it('stopped, calls end by their time with an unknown outcome, and the next at once with none', async () => {
    const { redis, broker } = await started();
    redis.signal('SIGSTOP');
    const beganMs = performance.now();
    const error = await failureOf(append(broker, [eventsOf('a', 1)]));
    const tookMs = performance.now() - beganMs;
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'unknown' });
    expect(tookMs).toBeGreaterThan(4500);
    expect(tookMs).toBeLessThan(6000);
    const next = await failureOf(append(broker, [eventsOf('b', 1)]));
    expect(next).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
    redis.signal('SIGCONT');
    await until(() => works(append(broker, [eventsOf('c', 1)])));
  });

  it('a consumer goes on by itself when it is back', async () => {
    const { redis, broker } = await started();
    const consumer = await broker.openConsumer('w');
    closing.push(() => consumer.close());
    await redis.kill();
    expect(await failureOf(receive(() => consumer.receive(10, AbortSignal.timeout(10_000))))).toMatchObject({
      code: 'STORE_UNAVAILABLE',
    });
    await redis.start();
    await until(() => works(append(broker, [eventsOf('a', 1)])));
    await until(async () => (await consumer.receive(10, AbortSignal.timeout(10_000)).catch(() => [])).length === 1);
  });

  it('emptied behind its back, a consumer takes what comes then', async () => {
    const { redis, broker } = await started();
    const consumer = await broker.openConsumer('w');
    closing.push(() => consumer.close());
    await redisCommand(redis.url, 'FLUSHALL');
    await redisCommand(redis.url, 'SCRIPT', 'FLUSH');
    await append(broker, [eventsOf('a', 2)]);
    const [entry] = await consumer.receive(10, AbortSignal.timeout(10_000));
    expect(entry!.events).toHaveLength(2);
  });

  it('out of memory, it takes nothing more, and workers empty it until it does', async () => {
    const { redis, broker } = await started({ maxmemory: '8mb' });
    const content = jsonContent(JSON.stringify('x'.repeat(200_000)));
    let full: OncelogError | undefined;
    let accepted = 0;
    while (full === undefined) {
      const sent = append(broker, [[sampleEvent('t', `e${accepted}`, { content })]]);
      await sent.then(
        () => (accepted += 1),
        (error: OncelogError) => (full = error),
      );
    }
    expect(full).toMatchObject({ code: 'DISK_FULL', outcome: 'none' });
    expect(full.message).toContain('maxmemory');
    expect(accepted).toBeGreaterThan(5);
    // Now it refuses whatever might take memory, however little.
    await redisCommand(redis.url, 'CONFIG', 'SET', 'maxmemory', '1mb');
    await expect(append(broker, [eventsOf('small', 1)])).rejects.toMatchObject({ code: 'DISK_FULL' });
    const another = await createRedisBroker({ url: redis.url });
    expect(await drain(another)).toHaveLength(accepted);
    await another.close();
    await redisCommand(redis.url, 'CONFIG', 'SET', 'maxmemory', '8mb');
    await append(broker, [[sampleEvent('t', 'again', { content })]]);
    expect(await broker.stats()).toMatchObject({ waitingEvents: 1 });
  });

  it('out of memory, it sets aside what no worker can store, so that the rest is stored', async () => {
    const { redis, broker } = await started();
    await append(broker, [eventsOf('poison', 1)]);
    await append(broker, [eventsOf('sound', 1)]);
    await redisCommand(redis.url, 'CONFIG', 'SET', 'maxmemory', '1mb');
    await expect(append(broker, [eventsOf('small', 1)])).rejects.toMatchObject({ code: 'DISK_FULL' });
    const consumer = await broker.openConsumer('worker');
    const [entry] = await consumer.receive(1000, AbortSignal.timeout(10_000));
    await consumer.bury(entry!, 'poison');
    expect(await broker.stats()).toEqual({ waitingEvents: 1, deliveredEvents: 1, deadEntries: 1 });
    await consumer.close();
  });

  it.each(['{oncelog}:queue', '{oncelog}:counters'])(
    'with something of somebody else under %s it says so, and what to do',
    async (key) => {
      const { redis, broker } = await started();
      await redisCommand(redis.url, 'DEL', key);
      await redisCommand(redis.url, 'SET', key, 'theirs');
      const failure = await failureOf(append(broker, [eventsOf('a', 1)]));
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', outcome: 'none' });
      expect(failure.message).toContain('WRONGTYPE');
      expect(failure.message).toContain('?stream=');
    },
  );

  it('a lost connection is back within half a second', async () => {
    const { redis, broker } = await started();
    await dropConnections(redis.url);
    const beganMs = performance.now();
    await until(() => works(append(broker, [eventsOf('a', 1)])));
    expect(performance.now() - beganMs).toBeLessThan(1000);
  });
});

function eventsOf(name: string, size: number): NewEvent[] {
  return Array.from({ length: size }, (_, index) => sampleEvent('t', `${name}${index}`));
}

/** The ids of all events that wait, which are acknowledged then. */
async function drain(broker: Broker): Promise<string[]> {
  const consumer = await broker.openConsumer('drain');
  const ids: string[] = [];
  while ((await broker.stats()).waitingEvents > 0) {
    const entries = await consumer.receive(1000, AbortSignal.timeout(10_000));
    ids.push(...entries.flatMap(({ events }) => events!.map(({ eventId }) => eventId)));
    await consumer.acknowledge(entries);
  }
  await consumer.close();
  return ids;
}

/** The first call may still find the connection up. */
async function receive(call: () => Promise<unknown>): Promise<void> {
  for (;;) await call();
}

async function failureOf(call: Promise<unknown>): Promise<OncelogError> {
  const error = await call.then(
    () => expect.fail('it was expected to fail'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OncelogError);
  return error as OncelogError;
}
