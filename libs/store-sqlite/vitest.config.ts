import { defineConfig } from 'vitest/config';

// A store starts two threads: half a second alone, several when other packages are tested at the same time.
export default defineConfig({ test: { include: ['src/**/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 } });
