import { create } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { boundMs, spanMs } from './time-from-proto.ts';

const time = (seconds: bigint, nanos = 0) => create(TimestampSchema, { seconds, nanos });
const span = (seconds: bigint, nanos = 0) => create(DurationSchema, { seconds, nanos });

describe('a bound in time', () => {
  it('between two milliseconds is the later one', () => {
    expect(boundMs(time(1n, 5_000_000), 'since')).toBe(1005);
    expect(boundMs(time(1n, 5_000_001), 'since')).toBe(1006);
    expect(boundMs(time(-1n, 1), 'since')).toBe(-999);
  });

  it.each([
    ['negative nanos', time(5n, -1)],
    ['a second of nanos', time(5n, 1_000_000_000)],
    ['a time before year 1', time(-62_135_596_801n)],
    ['a time after year 9999', time(253_402_300_800n)],
    ['the largest number there is', time(2n ** 63n - 1n)],
  ])('is refused with %s', (_name, bad) => {
    expect(() => boundMs(bad, 'since')).toThrow(/^since: must be a time in years 1 to 9999/);
  });
});

describe('a span of time', () => {
  it('is absent, or as long as it says, whatever its sign', () => {
    expect(spanMs(undefined, 'wait')).toBeUndefined();
    expect(spanMs(span(1n, 500_000_000), 'wait')).toBe(1500);
    expect(spanMs(span(0n, -5_000_000), 'wait')).toBe(-5);
    expect(spanMs(span(-1n, -5_000_000), 'wait')).toBe(-1005);
  });

  it.each([
    ['two seconds of nanos', span(0n, 2_000_000_000)],
    ['two negative seconds of nanos', span(0n, -2_000_000_000)],
    ['nanos against its seconds', span(1n, -1)],
    ['nanos against its negative seconds', span(-1n, 1)],
  ])('is refused with %s', (_name, bad) => {
    expect(() => spanMs(bad, 'wait')).toThrow(/^wait: must have nanos from 0 to 999,999,999, of the sign/);
  });
});
