// `npm run test:faults`: what kills, cuts and fills up, for minutes. One file at a time, so that none starves another.
import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

const config = mergeConfig(shared, { test: { fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000 } });

export default { ...config, test: { ...config.test, include: ['src/**/*.faults.spec.ts'], exclude: [] } };
