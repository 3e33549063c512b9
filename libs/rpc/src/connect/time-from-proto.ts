// Times and spans of a request in milliseconds. As JSON the decoder refuses what is none; as bytes anything comes.
import { type Duration, durationMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { isInstant, violated } from '@oncelog/core';
import { instantFromProto } from './event-from-proto.ts';

const nanosMax = 999_999_999;

/** Stored times are whole milliseconds, so a bound between two of them is the later one. */
export function boundMs(time: Timestamp, field: string): number {
  const instant = instantFromProto(time);
  if (isInstant(instant)) return instant.seconds * 1000 + Math.ceil(instant.nanos / 1_000_000);
  const description = 'must be a time in years 1 to 9999, with nanos from 0 to 999,999,999';
  throw violated('RULE_BROKEN', [{ field, description }]);
}

/** How long it may be is for others to say; undefined when absent. */
export function spanMs(span: Duration | undefined, field: string): number | undefined {
  if (span === undefined) return undefined;
  const { seconds, nanos } = span;
  const oneSign = seconds === 0n || nanos === 0 || seconds > 0n === nanos > 0;
  if (oneSign && Math.abs(nanos) <= nanosMax) return durationMs(span);
  const description = `must have nanos from 0 to 999,999,999, of the sign of its seconds; they are ${nanos}`;
  throw violated('RULE_BROKEN', [{ field, description, limit: nanosMax, actual: nanos }]);
}
