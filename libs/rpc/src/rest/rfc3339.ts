// RFC 3339 moments, to the nanosecond and with their offset understood.
import type { Instant } from '@oncelog/core';

const moment = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)?(?:([Zz])|([+-])(\d\d):?(\d\d))?$/;

/** Undefined for what is no such moment. Without an offset it is UTC. */
export function parseInstant(text: string): Instant | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', , sign, offsetHour = '0', offsetMinute = '0'] =
    moment.exec(text) ?? [];
  if (year === undefined) return undefined;
  const fields = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const local = utcMs(fields);
  if (local === undefined || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 * (sign === '-' ? -1 : 1);
  return { seconds: (local - offsetMs) / 1000, nanos: Number(fraction.padEnd(9, '0')) };
}

/** Date would carry 31 February over into March, and read year 21 as 1921. */
function utcMs([year, month, day, hour, minute, second]: [number, number, number, number, number, number]) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const kept =
    year >= 1 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return kept ? date.getTime() : undefined;
}

/** Always UTC, with as many groups of three decimals as it takes. */
export function formatInstant({ seconds, nanos }: Instant): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
  if (nanos === 0) return `${whole}Z`;
  const fraction = String(nanos)
    .padStart(9, '0')
    .replace(/(000){1,2}$/, '');
  return `${whole}.${fraction}Z`;
}
