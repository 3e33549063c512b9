// As every package, with a Redis for the specs that ask for one.
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default mergeConfig(shared, {
  test: { globalSetup: [fileURLToPath(import.meta.resolve('@oncelog/testing/redis-setup'))] },
});
