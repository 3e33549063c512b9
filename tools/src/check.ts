// `npm run check`: everything that is asked of a change. With --fast, all but the tests.
import { parseArgs } from 'node:util';
import { runSteps, type Step } from './steps.ts';

const { values } = parseArgs({ options: { fast: { type: 'boolean', default: false } } });

const checks: readonly Step[] = [
  { name: 'format', command: ['oxfmt', '--list-different'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'tidy', command: ['node', 'tools/src/tidy.ts'] },
  { name: 'boundaries', command: ['node', 'tools/src/check-boundaries.ts'] },
  { name: 'types', command: ['tsc', '-b'] },
  { name: 'contract', command: ['npm', 'run', '--silent', 'test'], folder: 'proto' },
  { name: 'generated', command: ['node', 'tools/src/check-generated.ts'] },
  { name: 'unused', command: ['knip', '--no-progress', '--no-config-hints'] },
];

const tests: Step = { name: 'tests', command: ['npm', 'test'], live: true };

const passed = runSteps(values.fast ? checks : [...checks, tests], (text) => process.stdout.write(text));
process.exitCode = passed ? 0 : 1;
