import { describe, expect, it } from 'vitest';
import { parseTarget, parseTargets, targetsMax } from './target.ts';

describe('a target', () => {
  it.each([
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['http://localhost:9000', 'localhost:9000'],
    ['http://localhost:9000/', 'localhost:9000'],
    ['localhost', 'localhost:8080'],
    ['aggregator:80', 'aggregator:80'],
    ['[::1]:8080', '[::1]:8080'],
  ])('%s is %s', (text, authority) => {
    expect(parseTarget(text)).toEqual({ authority, baseUrl: `http://${authority}`, secure: false });
  });

  it.each([
    ['https://log.example', 'log.example:443'],
    ['https://log.example:8443/', 'log.example:8443'],
    ['https://log.example:80', 'log.example:80'],
  ])('%s is %s, over TLS', (text, authority) => {
    expect(parseTarget(text)).toEqual({ authority, baseUrl: `https://${authority}`, secure: true });
  });

  it.each(['', 'ftp://localhost:1', 'http://', 'localhost:99999', 'https://a/b', 'a b', 'http://user@a', 'a,b'])(
    'refuses %j',
    (text) => {
      expect(() => parseTarget(text)).toThrow('is not host:port');
    },
  );
});

describe('several targets', () => {
  const authorities = (target: string | string[]) => parseTargets(target).map(({ authority }) => authority);

  it('are one text with commas, or a list', () => {
    expect(authorities('a:1,b:2, c')).toEqual(['a:1', 'b:2', 'c:8080']);
    expect(authorities(['a:1', 'https://b'])).toEqual(['a:1', 'b:443']);
    expect(authorities('a:1')).toEqual(['a:1']);
  });

  it('are each there once', () => {
    expect(authorities('a:1,b:2,http://a:1/')).toEqual(['a:1', 'b:2']);
  });

  it.each([[''], ['a:1,'], ['a:1,,b:2'], ['a:1;b:2'], [['a:1', 'ftp://b']], [['a:1,b:2']], [[]]])(
    'are refused as %j',
    (target) => {
      expect(() => parseTargets(target)).toThrow(/is not host:port|names no address/);
    },
  );

  it('are bounded in number', () => {
    const names = Array.from({ length: targetsMax + 1 }, (_, n) => `a${n}:1`);
    expect(parseTargets(names.slice(1))).toHaveLength(targetsMax);
    expect(() => parseTargets(names)).toThrow(
      expect.objectContaining({ code: 'RULE_BROKEN', limit: '32', actual: '33', outcome: 'none' }),
    );
  });
});
