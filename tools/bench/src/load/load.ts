// What a round sends, as a function of its seed: the same events in the same order for every peer.
import { createEventIds, type IdKind } from './event-ids.ts';
import { createRandomSource, type RandomSource } from './random-source.ts';

export interface LoadShape {
  /** The ratio of repeats, from 0 to below 1. */
  readonly repeats: number;
  readonly ids: IdKind;
  /** Of the content, as JSON. */
  readonly contentBytes: number;
  readonly content: 'bytes' | 'struct';
}

export interface LoadSpec extends LoadShape {
  readonly seed: number;
  /** Whose events these are: other names share no id with them. */
  readonly name: string;
  readonly round: number;
  readonly count: number;
}

export interface LoadEvent {
  readonly topic: string;
  readonly eventId: string;
  readonly source: string;
  /** A JSON object. */
  readonly content: Buffer;
}

export interface Load {
  readonly content: LoadShape['content'];
  /** In the order of sending; a repeat is the very same object as its first. */
  readonly events: readonly LoadEvent[];
  readonly distinct: number;
  readonly repeats: number;
}

/** One million events of 2 KB are 3 GB in a process; a load larger than this is sent in several. */
export const loadEventsMax = 1_000_000;

const topics = ['bench-0', 'bench-1', 'bench-2', 'bench-3'];
const source = 'bench';

export function createLoad(spec: LoadSpec): Load {
  const { seed, name, round, count } = spec;
  if (count > loadEventsMax) throw new Error(`a load has at most ${loadEventsMax} events, not ${count}`);
  const random = createRandomSource(seed, `${name}/${round}`);
  const nextId = createEventIds(spec.ids, random, round);
  const contentOf = createContents(random, spec.contentBytes);
  // The first event has nothing to repeat.
  const repeats = Math.min(Math.round(count * spec.repeats), count - 1);
  const events: LoadEvent[] = [];
  const distinct: LoadEvent[] = [];
  for (const repeated of repeatPlan(random, count, repeats)) {
    if (repeated === undefined) {
      const number = distinct.length;
      const topic = topics[number % topics.length]!;
      distinct.push({ topic, eventId: nextId(), source, content: contentOf(number) });
    }
    events.push(distinct[repeated ?? distinct.length - 1]!);
  }
  return { content: spec.content, events, distinct: distinct.length, repeats };
}

/**
 * For each place the number of the event that is repeated there, or undefined for one that comes first. Selection
 * sampling: each place repeats with the odds that make the total come out exactly.
 */
function* repeatPlan(random: RandomSource, count: number, repeats: number): Generator<number | undefined> {
  let repeatsLeft = repeats;
  let distinct = 0;
  for (let placesLeft = count; placesLeft > 0; placesLeft -= 1) {
    if (distinct > 0 && random.below(placesLeft) < repeatsLeft) {
      repeatsLeft -= 1;
      yield random.below(distinct);
    } else {
      distinct += 1;
      yield undefined;
    }
  }
}

/** Letters that do not repeat from event to event, so that nothing on the way gets away with compressing them. */
function createContents(random: RandomSource, contentBytes: number): (number: number) => Buffer {
  const letters = random.bytes(32 * 1024).map((byte) => 97 + (byte % 26));
  const filler = Buffer.from(letters).toString('latin1');
  return (number) => {
    const head = `{"number":${number},"text":"`;
    const length = Math.max(0, contentBytes - head.length - 2);
    const offset = random.below(filler.length - length);
    return Buffer.from(`${head}${filler.slice(offset, offset + length)}"}`, 'latin1');
  };
}
