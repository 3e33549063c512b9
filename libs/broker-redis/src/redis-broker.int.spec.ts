import { describeBroker } from '@oncelog/core/testing';
import { createClient } from '@redis/client';
import type { RedisUrl } from '@oncelog/testing/redis-setup';
import { describe, inject } from 'vitest';
import { createRedisBroker } from './redis-broker.ts';

const redisUrl: RedisUrl = inject('redisUrl');
let streams = 0;

describe.runIf(redisUrl !== undefined)('Redis', () => {
  describeBroker('Redis Streams', async () => {
    streams += 1;
    const stream = `contract-${process.pid}-${streams}`;
    return {
      open: (options) => createRedisBroker({ url: `${redisUrl}?stream=${stream}`, claimAfterMs: 60_000, ...options }),
      async addGarbage(bytes) {
        const client = await createClient({ url: redisUrl! }).connect();
        await client.xAdd(`{${stream}}:queue`, '*', { d: Buffer.from(bytes) });
        await client.close();
      },
      async remove() {},
    };
  });
});
