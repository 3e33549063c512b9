import { describe, expect, it } from 'vitest';
import { hashKey } from './key-hash.ts';
import { KeyTail } from './key-tail.ts';

const id = (text: string) => Buffer.from(text);

describe('the newest keys', () => {
  it('are found by topic and id, in the order they were added', () => {
    const tail = new KeyTail();
    const keys = Array.from(
      { length: 5000 },
      (_, number) => [number % 3, id(`event ${Math.floor(number / 3)}`)] as const,
    );
    for (const [topicId, eventId] of keys) tail.add(hashKey(topicId, eventId), topicId, eventId);
    expect(tail.count).toBe(5000);
    for (const [number, [topicId, eventId]] of keys.entries()) {
      expect(tail.find(hashKey(topicId, eventId), topicId, eventId)).toBe(number);
      expect(tail.find(hashKey(7, eventId), 7, eventId)).toBe(-1);
    }
  });

  it('are told apart by their bytes when they share a hash', () => {
    const tail = new KeyTail();
    const ids = ['', 'a', 'b', 'ab', 'abc', 'x'.repeat(600)];
    for (const text of ids) tail.add(1, 1, id(text));
    tail.add(1, 2, id('a'));
    expect(ids.map((text) => tail.find(1, 1, id(text)))).toEqual([0, 1, 2, 3, 4, 5]);
    expect([tail.find(1, 2, id('a')), tail.find(1, 2, id('b')), tail.find(1, 1, id('c'))]).toEqual([6, -1, -1]);
    expect(tail.longestProbe).toBe(6);
  });

  it('are forgotten from the end, and others may come in their place', () => {
    const tail = new KeyTail();
    for (let number = 0; number < 3000; number += 1) tail.add(number % 50, 1, id(`${number}`));
    tail.truncate(1000);
    expect([tail.find(999 % 50, 1, id('999')), tail.find(1000 % 50, 1, id('1000'))]).toEqual([999, -1]);
    tail.add(5, 1, id('other'));
    expect([tail.count, tail.find(5, 1, id('other'))]).toEqual([1001, 1000]);
    tail.truncate(0);
    expect([tail.count, tail.longestProbe, tail.find(5, 1, id('other'))]).toEqual([0, 0, -1]);
  });
});

describe('the hash of a key', () => {
  it('depends on the topic and on every byte', () => {
    const base = Buffer.from('0123456789abcdefg');
    const hashes = new Set([hashKey(1, base), hashKey(2, base)]);
    for (let at = 0; at < base.length; at += 1) {
      const other = Buffer.from(base);
      other[at]! ^= 1;
      hashes.add(hashKey(1, other));
      hashes.add(hashKey(1, base.subarray(0, at)));
    }
    expect(hashes.size).toBe(2 + 2 * base.length);
  });
});
