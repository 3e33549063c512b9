// `npm run test:faults`: what kills, cuts and fills up, for minutes. Two files at a time.
import { defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import shared from '../../vitest.config.ts';

const all = 'src/**/*.faults.spec.ts';
/**
 * They mostly wait, and run beside each other when the rest is done: an aggregator with a hundred stalled readers grows
 * by 36 MB alone and by 54 MB beside a file that works; 64 MB are promised.
 */
const waiting = ['stalled-readers', 'reader-stalled', 'python-stall'].map((name) => `src/*/${name}.faults.spec.ts`);

/** The other files follow in any order. */
const longestFirst = ['restart-cycles', 'brokered/killed', 'replicas/killed', 'overlapping-writers', 'stalled-readers'];

/** So that no long file begins when all others have ended. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = longestFirst.findIndex((name) => moduleId.endsWith(`${name}.faults.spec.ts`));
      return at < 0 ? longestFirst.length : at;
    };
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

const { include: _specs, exclude: _faults, ...test } = shared.test!;

export default mergeConfig(
  { ...shared, test },
  defineConfig({
    test: {
      maxWorkers: 2,
      testTimeout: 300_000,
      hookTimeout: 300_000,
      sequence: { sequencer: LongestFirst },
      projects: [
        { extends: true, test: { name: 'working', include: [all], exclude: waiting, sequence: { groupOrder: 0 } } },
        { extends: true, test: { name: 'waiting', include: waiting, sequence: { groupOrder: 1 } } },
      ],
    },
  }),
);
