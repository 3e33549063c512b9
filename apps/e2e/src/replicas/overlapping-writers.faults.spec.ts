import { hasService } from '@oncelog/testing';
import { describe, it } from 'vitest';
import { postgresOfTest } from '../launch/services-of-test.ts';
import { databaseOfTest, replicasOfTest } from '../launch/shared-services.ts';
import { expectOneStoredPerKey } from './one-stored-per-key.ts';

const count = 200_000;

describe.skipIf(!hasService('postgres'))('four writers on four replicas over a durable PostgreSQL', () => {
  it(`are told once of each key that it is stored, over ${count} events with repeats among them`, async () => {
    const postgres = await postgresOfTest();
    const replicas = await replicasOfTest({ count: 4, store: databaseOfTest(postgres.url) });
    await expectOneStoredPerKey(replicas, count, postgres.url);
  });
});
