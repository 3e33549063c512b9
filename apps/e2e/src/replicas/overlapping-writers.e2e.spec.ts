import { hasService } from '@oncelog/testing';
import { describe, inject, it } from 'vitest';
import { replicasOfTest, sharedStore } from '../launch/shared-services.ts';
import { expectOneStoredPerKey } from './one-stored-per-key.ts';

/** A taste of the 200,000 that `npm run test:faults` publishes. */
const count = 30_000;
const timeoutMs = 180_000;

describe.skipIf(!hasService('postgres'))('four writers on four replicas, three in ten of their events repeats', () => {
  it(
    'are told once of each key that it is stored, and every replica shows the same log to its end',
    async () => {
      const replicas = await replicasOfTest({ count: 4, ...sharedStore() });
      await expectOneStoredPerKey(replicas, count, inject('postgresUrl')!);
    },
    timeoutMs,
  );
});
