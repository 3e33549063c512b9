import { defaultLimits } from '@oncelog/core';
import { hasService, type RedisServer, startRedis } from '@oncelog/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createIngest } from './ingest.ts';
import { type Brokered, createBrokered, eventsOf, storedIds, until } from './testing/brokered.ts';

const options = { eventsMax: 10_000, whenFull: 'refuse' } as const;

describe.runIf(hasService('redis'))('ingest over a broker', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function started(): Promise<{ redis: RedisServer; brokered: Brokered }> {
    const redis = await startRedis();
    closing.push(() => redis.stop());
    const brokered = await createBrokered(redis.url, 1000);
    closing.push(() => brokered.close());
    return { redis, brokered };
  }

  it('answers accepted when the broker has the events, and a worker stores them', async () => {
    const { brokered } = await started();
    const ingest = createIngest({ log: brokered.broker, limits: defaultLimits });
    const outcomes = await ingest.publish(eventsOf('a', 3), options);
    expect(outcomes.map(({ status, position }) => [status, position])).toEqual(outcomes.map(() => ['accepted', 0]));
    expect(outcomes).toHaveLength(3);
    expect(await brokered.broker.stats()).toMatchObject({ waitingEvents: 3 });
    brokered.worker();
    await brokered.emptied();
    expect(await storedIds(brokered.store)).toEqual(['a0', 'a1', 'a2']);
  });

  it('loses nothing that was accepted and stores nothing twice, however often the broker is killed', async () => {
    const { redis, brokered } = await started();
    const { broker, store, worker, troubles } = brokered;
    const ingest = createIngest({ log: broker, limits: defaultLimits });
    for (let workers = 0; workers < 2; workers += 1) worker();
    const accepted = new Set<string>();
    let running = true;
    const publishing = Array.from({ length: 4 }, async (_, publisher) => {
      for (let batch = 0; running; batch += 1) {
        const events = eventsOf(`${publisher}.${batch}.`, 5);
        // The same ids again until they are accepted, as clients do.
        await until(() =>
          ingest.publish(events, options).then(
            () => true,
            () => false,
          ),
        );
        for (const { eventId } of events) accepted.add(eventId);
      }
    });
    for (let kills = 0; kills < 5; kills += 1) {
      const before = accepted.size;
      await until(() => accepted.size > before + 200);
      await redis.kill();
      await redis.start();
    }
    running = false;
    await Promise.all(publishing);
    await until(async () => (await broker.stats().catch(() => undefined))?.waitingEvents === 0);
    const stored = await storedIds(store);
    const storedOnce = new Set(stored);
    expect(storedOnce.size).toBe(stored.length);
    expect([...accepted].filter((id) => !storedOnce.has(id))).toEqual([]);
    expect(stored).toHaveLength(accepted.size);
    expect(await broker.stats()).toEqual({ waitingEvents: 0, deliveredEvents: 0, deadEntries: 0 });
    expect(troubles.length).toBeGreaterThan(0);
    expect(troubles.every(({ what }) => what === 'broker')).toBe(true);
  });
});
