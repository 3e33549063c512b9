import { createSeededRandom } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { formatInstant, parseInstant } from './rfc3339.ts';

describe('parseInstant', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00Z'],
    ['2026-01-31 12:00:00', '2026-01-31T12:00:00Z'],
    ['2026-01-31T12:00:00', '2026-01-31T12:00:00Z'],
    ['2026-01-31T12:00:00.123456', '2026-01-31T12:00:00.123456Z'],
    ['2026-01-31T19:00:00+07:00', '2026-01-31T12:00:00Z'],
    ['2026-01-31T06:30:00-0530', '2026-01-31T12:00:00Z'],
    ['2026-01-31T23:59:59-00:01', '2026-02-01T00:00:59Z'],
    ['2026-01-31T12:00:00.1Z', '2026-01-31T12:00:00.100Z'],
    ['2026-01-31T12:00:00,25Z', '2026-01-31T12:00:00.250Z'],
    ['2026-01-31T12:00:00.000000001Z', '2026-01-31T12:00:00.000000001Z'],
    ['2026-01-31T12:00:00.999999999999Z', '2026-01-31T12:00:00.999999999Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
    ['0021-06-01T00:00:00Z', '0021-06-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999999Z'],
    ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.500Z'],
  ])('reads %s', (text, expected) => {
    expect(formatInstant(parseInstant(text)!)).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '1e20',
    '1700000000',
    '2026-01-31',
    '12:00:00Z',
    '2026-1-31T12:00:00Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31T12:00:60Z',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+07:60',
    '0000-01-01T00:00:00Z',
    '-001-01-01T00:00:00Z',
    '12026-01-01T00:00:00Z',
    ' 2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z\n',
    '2026-01-31T12:00:00ZZ',
    '２026-01-31T12:00:00Z',
  ])('has no moment for %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads back whatever it writes', () => {
    const seed = 3339;
    const random = createSeededRandom(seed);
    for (let round = 0; round < 2000; round += 1) {
      const seconds = -62_135_596_800 + Math.floor(random.next() * (253_402_300_799 + 62_135_596_800));
      const nanos = random.pick([0, 1, 1000, 999_000_000, random.below(1_000_000_000)]);
      expect(parseInstant(formatInstant({ seconds, nanos })), `seed ${seed}, round ${round}`).toEqual({
        seconds,
        nanos,
      });
    }
  });

  it('keeps the fraction of a moment before 1970 on the same second', () => {
    expect(parseInstant('1969-12-31T23:59:59.25Z')).toEqual({ seconds: -1, nanos: 250_000_000 });
  });

  it('carries an offset at the ends of the calendar beyond it, for the rules of an event to refuse', () => {
    expect(parseInstant('0001-01-01T00:00:00+00:01')!.seconds).toBeLessThan(-62_135_596_800);
    expect(parseInstant('9999-12-31T23:59:59-00:01')!.seconds).toBeGreaterThan(253_402_300_799);
  });
});
