// Times as people type and read them.
import { type Timestamp, timestampDate, timestampFromMs, timestampFromText } from '@oncelog/client';
import { UsageError } from './usage-error.ts';

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "15m" is a quarter of an hour ago; anything else is a point in time. */
export function timeOfFlag(flag: string, text: string, nowMs = Date.now()): Timestamp {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return timestampFromMs(nowMs - Number(count) * unitMs[unit as keyof typeof unitMs]);
  try {
    return timestampFromText(text, flag);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** "3 min ago" */
export function ago(time: Timestamp | undefined, nowMs = Date.now()): string {
  return time ? agoOf(timestampDate(time), nowMs) : 'before';
}

export function agoOf(time: Date, nowMs = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - time.getTime()) / 1000));
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
