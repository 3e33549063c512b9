// It runs by itself, after all others, and mostly waits for processes: three files at a time.
import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

const globalSetup = ['@oncelog/testing/postgres-setup', '@oncelog/testing/redis-setup'].map((setup) =>
  fileURLToPath(import.meta.resolve(setup)),
);

export default mergeConfig(shared, { test: { maxWorkers: 3, globalSetup } });
