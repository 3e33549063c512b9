import { timestampDate, timestampFromMs } from '@oncelog/client';
import { describe, expect, it } from 'vitest';
import { ago, timeOfFlag } from './relative-time.ts';

const nowMs = Date.parse('2026-01-31T12:00:00Z');

describe('a time on the command line', () => {
  it.each([
    ['30s', '2026-01-31T11:59:30.000Z'],
    ['15m', '2026-01-31T11:45:00.000Z'],
    ['2h', '2026-01-31T10:00:00.000Z'],
    ['7d', '2026-01-24T12:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(timestampDate(timeOfFlag('--since', text, nowMs)).toISOString()).toBe(expected);
  });

  it('is refused by the name of its flag', () => {
    expect(() => timeOfFlag('--since', '5 minutes')).toThrow('--since: must be a time such as');
  });
});

describe('how long ago', () => {
  it.each([
    [0, 'just now'],
    [59_000, '59 s ago'],
    [200_000, '3 min ago'],
    [7_200_000, '2 h ago'],
    [172_800_000, '2 d ago'],
    [-5000, 'just now'],
  ])('%i ms is "%s"', (ms, text) => {
    expect(ago(timestampFromMs(nowMs - ms), nowMs)).toBe(text);
  });
});
