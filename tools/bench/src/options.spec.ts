import { describe, expect, it } from 'vitest';
import { helpText, readOptions, UsageError } from './options.ts';
import { peerNames } from './peers/peer.ts';
import { scenarios, scenariosOf } from './scenarios/scenarios.ts';

const names = (args: readonly string[]) => readOptions(args)!.scenarios.map(({ name }) => name);

describe('options', () => {
  it('run everything but what takes hours by default', () => {
    expect(readOptions([])).toMatchObject({ run: 'whole', rounds: 5, events: undefined, out: 'docs/benchmarks' });
    expect(names([])).toEqual(scenariosOf('whole').map(({ name }) => name));
    expect(names([])).not.toContain('stream-500-on-10m');
    expect(names(['--full'])).toContain('stream-500-on-10m');
  });

  it('run with --quick what the targets are about', () => {
    expect(readOptions(['--quick'])!.budgetMs).toBeLessThan(180_000);
    expect(names(['--quick'])).toEqual([
      'stream-500',
      'start-on-1m',
      'start-empty',
      'fan-out',
      'stream-500-ordered',
      'rest-1000',
      'stream-single',
      'unary-64',
    ]);
  });

  it('choose scenarios and peers by name, in an order of their own', () => {
    expect(names(['--scenarios', 'stream-500-on-10m, unary-64'])).toEqual(['unary-64', 'stream-500-on-10m']);
    expect(readOptions(['--peers', 'redis,oncelog'])!.peers).toEqual(['oncelog', 'redis']);
  });

  it.each([
    [['--scenarios', 'x'], 'there is no "x"'],
    [['--peers', 'mysql'], 'there is no "mysql"'],
    [['--rounds', '0'], '--rounds must be a whole number from 1'],
    [['--events', '1e9'], '--events must be'],
    [['--seed', '-1'], '--seed'],
    [['--quick', '--full'], 'exclude each other'],
    [['--fast'], '--fast'],
    [['quick'], 'quick'],
  ])('refuse %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(UsageError);
    expect(() => readOptions(args)).toThrow(message);
  });

  it('are all in the help, with every scenario and every peer', () => {
    const text = helpText();
    for (const name of [...scenarios.map((scenario) => scenario.name), ...peerNames]) expect(text).toContain(name);
    for (const flag of ['quick', 'full', 'scenarios', 'peers', 'rounds', 'events', 'seed', 'json', 'out']) {
      expect(text).toContain(`--${flag}`);
    }
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(readOptions(['--help', '--rounds', '0'])).toBeUndefined();
  });
});

describe('scenarios', () => {
  it('have names of their own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });

  it('all measure the aggregator', () => {
    const without = scenarios.filter(
      ({ kind, ...rest }) => kind === 'ingest' && !JSON.stringify(rest).includes('"oncelog'),
    );
    expect(without).toEqual([]);
  });
});
