import { createSeededRandom, type SeededRandom } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { depthOf, elementStarts, memberSpans, skipSpace } from './json-spans.ts';

const seed = Number(process.env['TEST_SEED'] ?? 8259);

describe('memberSpans', () => {
  it('finds each member as it was written, to the digit', () => {
    const text = '{"id": 9007199254740993 , "price":1.10,"s":"a\\"},b","list":[1,{"x":"]"}] }';
    const spans = memberSpans(text, 0);
    const written = Object.fromEntries([...spans].map(([name, { start, end }]) => [name, text.slice(start, end)]));
    expect(written).toEqual({ id: '9007199254740993', price: '1.10', s: '"a\\"},b"', list: '[1,{"x":"]"}]' });
  });

  it('lets the last of a name win, as parsing does', () => {
    const text = '{"a":1,"a":22}';
    const { start, end } = memberSpans(text, 0).get('a')!;
    expect(text.slice(start, end)).toBe('22');
    expect(JSON.parse(text)).toEqual({ a: 22 });
  });

  it('reads names through their escapes', () => {
    expect([...memberSpans('{"p\\u0061yload":{},"__proto__":1,"\\\\":2,"":3}', 0).keys()]).toEqual([
      'payload',
      '__proto__',
      '\\',
      '',
    ]);
  });

  it('is not misled by quotes after backslashes', () => {
    const text = '{"a":"\\\\","b":"\\\\\\"","c":1}';
    expect([...memberSpans(text, 0).keys()]).toEqual(['a', 'b', 'c']);
  });
});

describe('random JSON', () => {
  it('comes apart into members and elements that parse to the same values', () => {
    expect.hasAssertions();
    const random = createSeededRandom(seed);
    for (let round = 0; round < 1000; round += 1) {
      const text = space(random) + write(randomValue(random, 0), random) + space(random);
      compare(text, skipSpace(text, 0), JSON.parse(text), `TEST_SEED=${seed}, round ${round}: ${text}`);
    }
  });

  it('is as deep as its deepest brackets', () => {
    const random = createSeededRandom(seed + 1);
    for (let round = 0; round < 500; round += 1) {
      const value = randomValue(random, 0);
      const text = write(value, random);
      expect(depthOf(text, { start: 0, end: text.length }), text).toBe(depth(value));
    }
  });
});

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

function compare(text: string, start: number, value: Json, hint: string): void {
  if (Array.isArray(value)) {
    const starts = elementStarts(text, start);
    expect(starts.length, hint).toBe(value.length);
    value.forEach((element, index) => compare(text, starts[index]!, element, hint));
  } else if (typeof value === 'object' && value !== null) {
    const spans = memberSpans(text, start);
    expect([...spans.keys()].sort(), hint).toEqual(Object.keys(value).sort());
    for (const [name, span] of spans) {
      expect(JSON.parse(text.slice(span.start, span.end)), hint).toEqual(value[name]);
      compare(text, span.start, value[name]!, hint);
    }
  }
}

function randomValue(random: SeededRandom, level: number): Json {
  const kind = random.below(level > 4 ? 4 : 7);
  if (kind === 0) return random.pick([null, true, false]);
  if (kind === 1) return random.pick([0, -1, 1.5, 1e21, -2.5e-7, 123_456_789]);
  if (kind < 4) return randomText(random);
  const size = random.below(5);
  if (kind < 5) return Array.from({ length: size }, () => randomValue(random, level + 1));
  return Object.fromEntries(Array.from({ length: size }, () => [randomText(random), randomValue(random, level + 1)]));
}

function randomText(random: SeededRandom): string {
  const pieces = ['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '\n', '\u0000', 'é', '🚀', '\u2028', 'a', 'events'];
  return Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('');
}

/** As JSON.stringify, with white space wherever JSON allows it. */
function write(value: Json, random: SeededRandom): string {
  const gap = () => space(random);
  if (Array.isArray(value))
    return `[${gap()}${value.map((element) => write(element, random) + gap()).join(`,${gap()}`)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}${gap()}:${gap()}${write(member, random)}${gap()}`,
  );
  return `{${gap()}${members.join(`,${gap()}`)}}`;
}

function space(random: SeededRandom): string {
  return random.pick(['', '', ' ', '\n', '\t\r ']);
}

function depth(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}
