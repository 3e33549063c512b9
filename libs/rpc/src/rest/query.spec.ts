import { OncelogError } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import { choice, decode, instantMs, parseQuery, wholeNumber } from './query.ts';

const known = ['topic', 'limit', 'since'];

function refusalOf(act: () => unknown): OncelogError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(OncelogError);
    return error as OncelogError;
  }
  return expect.fail('it was expected to be refused');
}

describe('parseQuery', () => {
  it.each([
    ['/events', {}],
    ['/events?', {}],
    ['/events?&&', {}],
    ['/events?topic', { topic: '' }],
    ['/events?topic=', { topic: '' }],
    ['/events?topic=a=b', { topic: 'a=b' }],
    ['/events?topic=a+b%20c%2B', { topic: 'a b c+' }],
    ['/events?topic=%F0%9F%9A%80&limit=5', { topic: '🚀', limit: '5' }],
    ['/events?%74opic=x', { topic: 'x' }],
    ['/events?topic=a?b', { topic: 'a?b' }],
  ])('reads %s', (url, expected) => {
    expect(Object.fromEntries(parseQuery(url, known))).toEqual(expected);
  });

  it.each([
    ['/events?topic=%ff', 'topic', /percent-encoded UTF-8/],
    ['/events?topic=%', 'topic', /percent-encoded UTF-8/],
    ['/events?%ff=1', 'query', /percent-encoded UTF-8/],
    ['/events?topic=a&topic=b', 'topic', /more than once/],
    ['/events?topic=a&%74opic=a', 'topic', /more than once/],
    ['/events?topics=a', 'topics', /allowed are topic, limit, since/],
    ['/events?__proto__=a', '__proto__', /not a parameter/],
    ['/events?=a', '', /not a parameter/],
  ])('refuses %s by name', (url, field, description) => {
    const error = refusalOf(() => parseQuery(url, known));
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field }] });
    expect(error.violations[0]!.description).toMatch(description);
  });

  it('tells that a route takes no parameters', () => {
    expect(refusalOf(() => parseQuery('/stats?a=1', [])).message).toContain('takes none');
  });

  it('names no more of an unknown parameter than a reader needs', () => {
    expect(refusalOf(() => parseQuery(`/events?${'x'.repeat(10_000)}=1`, known)).message.length).toBeLessThan(300);
  });
});

describe('wholeNumber', () => {
  const read = (limit: string) => wholeNumber(new Map([['limit', limit]]), 'limit', { fallback: 100, max: 10_000 });

  it('takes the default when absent, and both ends of its range', () => {
    expect(wholeNumber(new Map(), 'limit', { fallback: 100, max: 10_000 })).toBe(100);
    expect([read('1'), read('10000'), read('007')]).toEqual([1, 10_000, 7]);
  });

  it.each([
    '',
    '0',
    '-1',
    '10001',
    '1000000000',
    '99999999999999999999',
    'NaN',
    '1.5',
    '1e3',
    '0x10',
    ' 5',
    '٥',
    'null',
  ])('refuses %j with its name and range', (limit) => {
    expect(refusalOf(() => read(limit))).toMatchObject({
      code: 'RULE_BROKEN',
      message: `limit: must be a whole number from 1 to 10000, is "${limit}"`,
      violations: [{ field: 'limit', limit: 10_000, actual: limit }],
    });
  });
});

describe('choice', () => {
  const orders = { asc: 'ascending', desc: 'descending' } as const;
  const read = (order: string) => choice(new Map([['order', order]]), 'order', orders, 'ascending');

  it('translates what it knows', () => {
    expect([read('asc'), read('desc'), choice(new Map(), 'order', orders, 'ascending')]).toEqual([
      'ascending',
      'descending',
      'ascending',
    ]);
  });

  it.each(['', 'DESC', 'descending', 'constructor', '__proto__'])('refuses %j with the choices', (order) => {
    expect(refusalOf(() => read(order)).message).toBe('order: must be one of asc, desc');
  });
});

describe('instantMs', () => {
  const read = (since: string) => instantMs(new Map([['since', since]]), 'since');

  it('rounds up to the next millisecond, which is where a stored time can be', () => {
    expect(read('1970-01-01T00:00:01.000000001Z')).toBe(1001);
    expect(read('1970-01-01T00:00:01.001Z')).toBe(1001);
    expect(instantMs(new Map(), 'since')).toBeUndefined();
  });

  it('refuses what is no time', () => {
    expect(refusalOf(() => read('yesterday'))).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field: 'since' }] });
  });
});

describe('decode', () => {
  it('refuses half a character', () => {
    expect(refusalOf(() => decode('%E2%82', 'topic')).violations[0]!.field).toBe('topic');
  });
});
