// The shared settings, and one PostgreSQL server for all specs.
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default mergeConfig(shared, {
  test: { globalSetup: [fileURLToPath(import.meta.resolve('@oncelog/testing/postgres-setup'))] },
});
