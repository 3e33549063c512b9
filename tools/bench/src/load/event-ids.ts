// Ids of events as publishers make them: random, or beginning with the time.
import type { RandomSource } from './random-source.ts';

export type IdKind = 'random' | 'ordered';

/** 2026-01-01: a fixed time, so that a seed gives the same ids on any day. */
const firstTimeMs = Date.UTC(2026, 0, 1);
/** As many as a publisher at 100,000 events a second makes; fits the 12 bits that order ids within a millisecond. */
const idsPerMs = 100;
/** Rounds of one seed follow each other in time by a day each. */
const roundMs = 24 * 60 * 60 * 1000;

export type NextId = () => string;

/** `round` places ordered ids after those of the rounds before. */
export function createEventIds(kind: IdKind, random: RandomSource, round: number): NextId {
  if (kind === 'random') return () => uuidOf(random.bytes(16), 4);
  let made = 0;
  return () => {
    const bytes = Buffer.from(random.bytes(16));
    bytes.writeUIntBE(firstTimeMs + round * roundMs + Math.floor(made / idsPerMs), 0, 6);
    bytes.writeUInt16BE(made % idsPerMs, 6);
    made += 1;
    return uuidOf(bytes, 7);
  };
}

function uuidOf(random: Buffer, version: 4 | 7): string {
  const bytes = Buffer.from(random);
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
