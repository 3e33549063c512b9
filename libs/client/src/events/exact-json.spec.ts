import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventFromJson } from './event-from-json.ts';
import { isJsonObject, parseExactJson, printExactJson, printWithBigints } from './exact-json.ts';

describe('exact JSON', () => {
  it('prints every number as it was written', () => {
    const text = '{"id":12345678901234567890,"b":1.10,"a":[1e400,-0]}';
    expect(printExactJson(parseExactJson(text))).toBe(text);
  });

  it('prints a bigint as a number', () => {
    expect(printWithBigints({ id: 18_446_744_073_709_551_615n })).toBe('{"id":18446744073709551615}');
  });

  it('takes no number for an object', () => {
    expect([isJsonObject(parseExactJson('7')), isJsonObject(parseExactJson('{"n":7}'))]).toEqual([false, true]);
  });
});

describe('exact JSON in an engine without JSON.rawJSON', () => {
  const names = ['rawJSON', 'isRawJSON'] as const;
  const own = names.map((name) => [name, Object.getOwnPropertyDescriptor(JSON, name)!] as const);

  beforeEach(() => {
    for (const name of names) Reflect.deleteProperty(JSON, name);
  });

  afterEach(() => {
    for (const [name, descriptor] of own) Object.defineProperty(JSON, name, descriptor);
  });

  it('takes what a double holds', () => {
    const text = '{"a":9007199254740991,"b":-0.5,"c":["x",null]}';
    expect(printExactJson(parseExactJson(text))).toBe(text);
    expect(isJsonObject(parseExactJson(text))).toBe(true);
    expect(printWithBigints({ n: 7n })).toBe('{"n":7}');
  });

  it.each(['9007199254740993', '-12345678901234567890', '1e400'])('refuses to round %s', (number) => {
    const failure = expect.objectContaining({ code: 'RULE_BROKEN', outcome: 'none' });
    expect(() => parseExactJson(`{"n":${number}}`)).toThrow(failure);
    expect(() => eventFromJson(`{"topic":"t","event_id":"1","payload":{"n":${number}}}`)).toThrow(failure);
  });

  it('refuses to round a bigint', () => {
    expect(() => printWithBigints({ n: 2n ** 63n })).toThrow('would round');
  });
});
