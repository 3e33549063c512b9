// Its specs copy to a PostgreSQL server of their own.
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

export default mergeConfig(shared, {
  test: { globalSetup: [fileURLToPath(import.meta.resolve('@oncelog/testing/postgres-setup'))] },
});
