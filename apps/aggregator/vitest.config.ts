// Its specs share one PostgreSQL and one Redis.
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

const globalSetup = ['@oncelog/testing/postgres-setup', '@oncelog/testing/redis-setup'].map((setup) =>
  fileURLToPath(import.meta.resolve(setup)),
);

export default mergeConfig(shared, { test: { globalSetup } });
