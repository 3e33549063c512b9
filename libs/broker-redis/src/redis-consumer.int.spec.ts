import { type Broker, type BrokerConsumer, type BrokerEntry } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import type { RedisUrl } from '@oncelog/testing/redis-setup';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { createRedisBroker } from './redis-broker.ts';
import { redisCommand } from './testing/redis-commands.ts';
import { until } from './testing/until.ts';

const redisUrl: RedisUrl = inject('redisUrl');
let streams = 0;

describe.runIf(redisUrl !== undefined)('a consumer of Redis Streams', () => {
  const opened: { close(): Promise<void> }[] = [];

  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  });

  async function brokerOn(options: { claimAfterMs?: number } = {}) {
    streams += 1;
    const stream = `consumer-${process.pid}-${streams}`;
    const broker = await createRedisBroker({ url: `${redisUrl}?stream=${stream}`, claimAfterMs: 60_000, ...options });
    opened.push(broker);
    return { broker, queue: `{${stream}}:queue`, counters: `{${stream}}:counters` };
  }

  async function consumerOf(broker: Broker, worker: string): Promise<BrokerConsumer> {
    const consumer = await broker.openConsumer(worker);
    opened.push(consumer);
    return consumer;
  }

  const receive = (consumer: BrokerConsumer): Promise<readonly BrokerEntry[]> =>
    consumer.receive(5000, AbortSignal.timeout(10_000));

  const namesIn = async (queue: string) => {
    const rows = (await redisCommand(redisUrl!, 'XINFO', 'CONSUMERS', queue, 'workers')) as string[][];
    return rows.map((row) => row[1]).sort();
  };

  function large(name: string, bytes: number) {
    return [sampleEvent('t', name, { content: { bytes: new Uint8Array(bytes).fill(0x20), contentType: 'a/b' } })];
  }

  it('takes no more bytes at once than a worker should hold', async () => {
    const { broker } = await brokerOn();
    for (let index = 0; index < 10; index += 1) await append(broker, [large(`e${index}`, 1024 * 1024)]);
    const consumer = await consumerOf(broker, 'w');
    const lots = [await receive(consumer), await receive(consumer), await receive(consumer)];
    expect(lots.map(({ length }) => length)).toEqual([4, 4, 2]);
  });

  it('puts a group into entries of 500 events, and of a MiB unless one event is larger', async () => {
    const { broker } = await brokerOn();
    const small = Array.from({ length: 1200 }, (_, index) => sampleEvent('t', `s${index}`));
    await append(broker, [small, large('a', 600_000), large('b', 600_000), large('c', 2_000_000), large('d', 1)]);
    const entries = await receive(await consumerOf(broker, 'w'));
    expect(entries.map(({ events }) => events!.length)).toEqual([500, 500, 201, 1, 1, 1]);
  });

  it('leaves no name behind when it closes, and forgets those that died with nothing', async () => {
    const { broker, queue } = await brokerOn({ claimAfterMs: 40 });
    await append(broker, [[sampleEvent('t', 'a')]]);
    await consumerOf(broker, 'idle');
    const holder = await consumerOf(broker, 'holder');
    await receive(holder);
    expect(await namesIn(queue)).toEqual(['holder']);
    const heir = await consumerOf(broker, 'heir');
    await heir.acknowledge(await receive(heir));
    expect(await namesIn(queue)).toEqual(['heir', 'holder']);
    // Twelve times as long as makes a worker's entries another's.
    const silent = async () => {
      const rows = (await redisCommand(redisUrl!, 'XINFO', 'CONSUMERS', queue, 'workers')) as (string | number)[][];
      return rows.every((row) => Number(row[row.indexOf('idle') + 1]) > 12 * 40);
    };
    await until(silent);
    const next = await broker.openConsumer('next');
    expect(await namesIn(queue)).toEqual([]);
    await next.receive(1, AbortSignal.timeout(1));
    await next.close();
    expect(await namesIn(queue)).toEqual([]);
  });

  it('leaves nothing in Redis of what was stored', async () => {
    const { broker, queue } = await brokerOn();
    await append(broker, [[sampleEvent('t', 'a')]]);
    await append(broker, [[sampleEvent('t', 'b')]]);
    const consumer = await consumerOf(broker, 'w');
    const [first, second] = await receive(consumer);
    await consumer.acknowledge([first!]);
    expect(await redisCommand(redisUrl!, 'XLEN', queue)).toBe(1);
    await consumer.bury(second!, 'bad');
    expect(await redisCommand(redisUrl!, 'XLEN', queue)).toBe(0);
    expect(await redisCommand(redisUrl!, 'XPENDING', queue, 'workers')).toEqual([0, null, null, null]);
  });

  it('sets aside no more than its bound: what is beyond it stays in the queue', async () => {
    const { broker } = await brokerOn();
    const consumer = await consumerOf(broker, 'w');
    for (let index = 0; index < 12; index += 1) await append(broker, [large(`e${index}`, 5 * 1024 * 1024)]);
    await append(broker, [large('last', 5 * 1024 * 1024)]);
    const entries: BrokerEntry[] = [];
    while (entries.length < 13) entries.push(...(await receive(consumer)));
    for (const entry of entries.slice(0, 12)) await consumer.bury(entry, 'bad');
    await expect(consumer.bury(entries[12]!, 'bad')).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      violations: [{ field: 'broker.dead' }],
    });
    expect(await broker.stats()).toEqual({ waitingEvents: 1, deliveredEvents: 1, deadEntries: 12 });
    const [first] = await broker.deadEntries({ after: '', max: 1 });
    expect(await broker.replay([first!.id])).toBe(1);
    await consumer.bury(entries[12]!, 'bad');
    expect(await broker.stats()).toEqual({ waitingEvents: 1, deliveredEvents: 0, deadEntries: 12 });
  });

  it('counts events and bytes as they were when something is set aside and put back', async () => {
    const { broker, counters } = await brokerOn();
    const consumer = await consumerOf(broker, 'w');
    await append(broker, [large('first', 1000)]);
    const [entry] = await receive(consumer);
    await append(broker, [large('second', 500)]);
    const counted = () => redisCommand(redisUrl!, 'HMGET', counters, 'events', 'bytes', 'deadBytes');
    const [events, bytes] = (await counted()) as string[];
    await consumer.bury(entry!, 'bad');
    const [, , deadBytes] = (await counted()) as string[];
    const [dead] = await broker.deadEntries({ after: '', max: 1 });
    await broker.replay([dead!.id]);
    expect(await counted()).toEqual([events, bytes, '0']);
    expect(Number(deadBytes)).toBeGreaterThan(1000);
    expect(Number(bytes)).toBeGreaterThan(Number(deadBytes) + 500);
  });

  it('counts nothing for what others have written, and nothing in an empty queue, whatever they did', async () => {
    const { broker, queue, counters } = await brokerOn();
    const consumer = await consumerOf(broker, 'w');
    for (const fields of [
      ['d', 'x'],
      ['n', 'many', 'd', 'x'],
      ['n', '-3', 'd', 'x'],
      ['n', '1e9', 'd', 'x'],
      ['n', '3', 'd', 'x', 'n', 'y'],
      ['other', 'field'],
    ]) {
      await redisCommand(redisUrl!, 'XADD', queue, '*', ...fields);
    }
    await append(broker, [[sampleEvent('t', 'a')]]);
    const entries = await receive(consumer);
    expect(entries.map(({ events }) => events?.length)).toEqual([...Array<undefined>(6), 1]);
    expect(await broker.stats()).toMatchObject({ waitingEvents: 1, deliveredEvents: 1 });
    await consumer.acknowledge(entries.slice(0, 6));
    expect(await broker.stats()).toMatchObject({ waitingEvents: 1, deliveredEvents: 1 });
    await redisCommand(redisUrl!, 'HINCRBY', counters, 'events', '100');
    await consumer.acknowledge(entries);
    expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
  });
});
