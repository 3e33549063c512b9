import { describe, expect, it } from 'vitest';
import { parseTarget } from './target.ts';

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

  it.each(['', 'ftp://localhost:1', 'http://', 'localhost:99999', 'https://a/b', 'a b', 'http://user@a'])(
    'refuses %j',
    (text) => {
      expect(() => parseTarget(text)).toThrow('is not host:port');
    },
  );
});
