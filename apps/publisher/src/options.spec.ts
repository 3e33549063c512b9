import { describe, expect, it } from 'vitest';
import { helpText, parseOptions } from './options.ts';

describe('the options', () => {
  it('default to 5,000 events with a quarter of repeats, streamed', () => {
    expect(parseOptions([], {})).toMatchObject({
      target: '127.0.0.1:8080',
      mode: 'stream',
      count: 5000,
      duplicates: 0.25,
      verify: true,
      run: undefined,
    });
  });

  it('take the target from the environment, and rather from the command line', () => {
    expect(parseOptions([], { ONCELOG_TARGET: 'a:1' })?.target).toBe('a:1');
    expect(parseOptions(['--target', 'b:2'], { ONCELOG_TARGET: 'a:1' })?.target).toBe('b:2');
    expect(parseOptions(['--target', 'b:2,c:3'], {})?.target).toBe('b:2,c:3');
  });

  it('take topics by number and by name', () => {
    expect(parseOptions(['--topics', '2'], {})?.topics).toEqual(['topic-1', 'topic-2']);
    expect(parseOptions(['--topics', 'a,b,c'], {})?.topics).toEqual(['a', 'b', 'c']);
  });

  it('are undefined when the help is asked for', () => {
    expect(parseOptions(['--help'], {})).toBeUndefined();
    expect(parseOptions(['-h', '--count', 'x'], {})).toBeUndefined();
  });

  it.each([
    [['--cuont', '5'], "'--cuont'"],
    [['extra'], "'extra'"],
    [['--count', '-1'], '--count'],
    [['--count', '1.5'], '--count'],
    [['--count', 'many'], '--count'],
    [['--count', ''], '--count'],
    [['--count'], '--count'],
    [['--duplicates', '1.1'], '--duplicates'],
    [['--mode', 'bulk'], '--mode'],
    [['--transport', 'rest'], '--transport'],
    [['--batch', '1001'], '--batch'],
    [['--payload-bytes', '262145'], '--payload-bytes'],
    [['--run', 'a b'], '--run'],
    [['--topics', 'a,,b'], '--topics'],
    [['--target', 'ftp://x'], 'target'],
    [['--target', 'a:1,ftp://x'], 'target'],
    [['--json=yes'], '--json'],
  ])('refuse %j by name', (args, name) => {
    expect(() => parseOptions(args, {})).toThrow(name);
  });
});

describe('the help', () => {
  it('fits 80 columns and names every default', () => {
    expect(
      Math.max(
        ...helpText()
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(helpText()).toContain('--duplicates <ratio>');
    expect(helpText()).toContain('(0.25)');
  });
});
