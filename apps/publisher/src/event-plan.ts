// The load as a function of its seed: which event comes when, and what each one holds. Nothing of it is kept in memory.
import { create, type Event, EventSchema, jsonType } from '@oncelog/client';

export interface PlanSettings {
  readonly seed: number;
  readonly run: string;
  readonly count: number;
  /** The ratio of repeats, from 0 to 1. */
  readonly duplicates: number;
  readonly topics: readonly string[];
  readonly payloadBytes: number;
}

export interface EventPlan {
  readonly source: string;
  readonly count: number;
  readonly distinct: number;
  readonly repeats: number;
  /** The numbers of the events in the order of sending: exactly `repeats` of them came before. */
  numbers(): Generator<number, void, undefined>;
  /** Always the same for a number: a repeat is the very same event. */
  event(number: number): Event;
  /** The number of an event of this plan by its id; undefined for any other. */
  numberOf(eventId: string): number | undefined;
}

export function createEventPlan({ seed, run, count, duplicates, topics, payloadBytes }: PlanSettings): EventPlan {
  // The first event has nothing to repeat.
  const repeats = Math.min(Math.round(count * duplicates), count - 1);
  const distinct = count - repeats;
  const source = `publisher-${run}`;
  const idPrefix = `${run}-`;
  const filler = randomLetters(seed, 2 * payloadBytes);

  return {
    source,
    count,
    distinct,
    repeats,
    numbers: () => numbers(seed, count, repeats),
    event: (number) =>
      create(EventSchema, {
        topic: topics[mix(seed, number) % topics.length]!,
        eventId: idPrefix + number,
        source,
        content: { case: 'data', value: contentOf(number, filler, payloadBytes) },
        contentType: jsonType,
      }),
    numberOf(eventId) {
      const digits = eventId.startsWith(idPrefix) ? eventId.slice(idPrefix.length) : '';
      const number = /^(?:0|[1-9]\d*)$/.test(digits) ? Number(digits) : distinct;
      return number < distinct ? number : undefined;
    },
  };
}

/** Selection sampling: each place is a repeat with the odds that make the total come out exactly. */
function* numbers(seed: number, count: number, repeats: number): Generator<number, void, undefined> {
  const random = createRandom(seed);
  let repeatsLeft = repeats;
  let sentDistinct = 0;
  for (let placesLeft = count; placesLeft > 0; placesLeft -= 1) {
    if (sentDistinct > 0 && random() * placesLeft < repeatsLeft) {
      repeatsLeft -= 1;
      yield Math.floor(random() * sentDistinct);
    } else {
      yield sentDistinct;
      sentDistinct += 1;
    }
  }
}

function contentOf(number: number, filler: string, bytes: number): Buffer {
  const head = `{"number":${number},"text":"`;
  const length = Math.max(0, bytes - head.length - 2);
  const offset = length === 0 ? 0 : mix(number, length) % (filler.length - length);
  return Buffer.from(`${head}${filler.slice(offset, offset + length)}"}`, 'latin1');
}

function randomLetters(seed: number, length: number): string {
  const random = createRandom(~seed);
  const letters = Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26)));
  return letters.join('');
}

/** Mulberry32: the state is one number, so that a plan starts anywhere without history. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    return mix(state, 0) / 2 ** 32;
  };
}

/** Two numbers into 32 evenly spread bits. */
function mix(a: number, b: number): number {
  let bits = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return (bits ^ (bits >>> 15)) >>> 0;
}
