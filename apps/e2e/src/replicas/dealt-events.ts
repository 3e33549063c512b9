// Events for several writers at once, three in ten of them repeats of what another writer is just sending.
import { create, type Event, EventSchema, jsonType } from '@oncelog/client';
import { createSeededRandom } from '../crash/seeded-random.ts';

const repeatRatio = 0.3;
/** A repeat is of one of so many events before: more than the writers have on their way. */
const repeatWithin = 10_000;
const topics = 20;

export interface DealtEvents {
  readonly batches: readonly (readonly Event[])[];
  /** Different keys among all of them. */
  readonly distinct: number;
}

export function dealEvents(count: number, batchEvents: number, seed: number): DealtEvents {
  const random = createSeededRandom(seed);
  const numbers: number[] = [];
  let distinct = 0;
  while (numbers.length < count) {
    const repeats = distinct > 0 && random.chance(repeatRatio);
    numbers.push(
      repeats ? numbers[numbers.length - 1 - random.below(Math.min(numbers.length, repeatWithin))]! : distinct,
    );
    if (!repeats) distinct += 1;
  }
  const batches = [];
  for (let start = 0; start < count; start += batchEvents) {
    batches.push(numbers.slice(start, start + batchEvents).map(eventOf));
  }
  return { batches, distinct };
}

/** In topics and under ids whose order is none of time, with 100 bytes or so of content. */
function eventOf(number: number): Event {
  const eventId = `${((number * 2_654_435_761) % 2 ** 32).toString(16)}-${number}`;
  const value = Buffer.from(JSON.stringify({ number, text: 'of an event of this size '.repeat(3) }));
  return create(EventSchema, {
    topic: `topic-${number % topics}`,
    eventId,
    content: { case: 'data', value },
    contentType: jsonType,
  });
}
