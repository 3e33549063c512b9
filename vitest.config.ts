// How every package runs its specs; each package's own vitest.config.ts takes this one over.
import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';

// Asked for by .ci/run, which adds the counts up: one file a package.
const reports = process.env['TEST_REPORTS_DIR'];

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts'],
    // Minutes of faults, for `npm run test:faults`.
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.faults.spec.ts'],
    // Nx runs three packages at a time with half the cores each: on two cores, one may wait and none is idle.
    maxWorkers: '50%',
    // Specs that open sockets and databases share slow machines; a hang still ends.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: reports ? ['default', 'json'] : ['default'],
    ...(reports && { outputFile: { json: `${reports}/${basename(process.cwd())}.json` } }),
  },
});
