// Steps of the property test: events are published, repeated, erased and read.
import { expect } from 'vitest';
import type { EventFilter } from '../event-filter.ts';
import type { ListQuery, Order, TailQuery } from '../event-store.ts';
import type { Attributes, NewEvent } from '../event.ts';
import { append } from './append.ts';
import type { Pair, Step } from './compared-pair.ts';
import { comparable, comparableEntry, jsonContent } from './sample-events.ts';
import type { SeededRandom } from './seeded-random.ts';

const topics = ['a', 'b', 'B', 'caf\u00e9', 'unknown'];
const topicPrefixes = ['', 'a', 'b', 'caf', 'cafe', 'unknown'];
const sources = ['', 'one', 'two', 'three', 'four', 'five'];
const attributeLists: readonly Attributes[] = [{ a: '1' }, { A: '1' }, { a: '1', b: '%' }, { 'x"a': '1' }, {}];
/** Few ids and contents, so that repeats and conflicts are common; some contents are the same, spelled differently. */
const eventIds = Array.from({ length: 40 }, (_, index) => `event-${index}`);
const contents = [
  jsonContent('{"a":1,"b":2}'),
  jsonContent('{"b":2,"a":1.0}'),
  jsonContent('{"a":1,"b":2}', 'application/json; charset=utf-8'),
  jsonContent('{"a":9007199254740993}'),
  jsonContent('{"a":9007199254740992}'),
  jsonContent('text', 'text/plain'),
  jsonContent('text', 'Text/Plain; charset=utf-8'),
  { bytes: new Uint8Array([0, 255, 254]), contentType: 'application/octet-stream' },
  { bytes: new Uint8Array(), contentType: 'application/octet-stream' },
];

export const compareAppend: Step = async (random, { stores: [reference, subject] }, about) => {
  const batches = Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: random.below(7) }, () => randomEvent(random)),
  );
  const [expected, actual] = await Promise.all([append(reference, batches), append(subject, batches)]);
  expect(actual, `${about}: append ${JSON.stringify(batches)}`).toEqual(expected);
};

export const compareCheck: Step = async (random, { stores: [reference, subject] }, about) => {
  const events = Array.from({ length: random.below(12) }, () => randomEvent(random));
  const options = { keysOnly: random.chance(0.2) };
  const [expected, actual] = await Promise.all([reference.check(events, options), subject.check(events, options)]);
  expect(actual, `${about}: check ${JSON.stringify([events, options])}`).toEqual(expected);
};

export const compareErase: Step = async (random, { stores }, about) => {
  const [topic, eventId] = [random.pick(topics), random.pick(eventIds)];
  const [expected, actual] = await Promise.all(stores.map((store) => store.erase(topic, eventId)));
  expect(actual, `${about}: erase ${topic} ${eventId}`).toBe(expected);
};

export const compareList: Step = async (random, pair, about) => {
  await comparePage(pair, randomListQuery(random, pair.nowMs()), about);
};

export const compareTail: Step = async (random, pair, about) => {
  await compareSlice(pair, randomTailQuery(random), about);
};

export const compareGet: Step = async (random, { stores }, about) => {
  const [topic, eventId] = [random.pick(topics), random.pick(eventIds)];
  const found = await Promise.all(stores.map((store) => store.get(topic, eventId)));
  const [expected, actual] = found.map((event) => event && comparable(event));
  expect(actual, `${about}: get ${topic} ${eventId}`).toEqual(expected);
};

export const compareStats: Step = async (random, { stores: [reference, subject] }, about) => {
  const query = { topicsMax: random.below(6), sourcesMax: random.below(6) };
  expect(await subject.stats(query), `${about}: stats`).toEqual(await reference.stats(query));
};

export async function comparePage({ stores: [reference, subject] }: Pair, query: ListQuery, about: string) {
  const expected = await reference.list(query);
  const actual = await subject.list(query);
  const label = `${about}: list ${JSON.stringify(query)}`;
  const comparableSlice = { ...actual, events: actual.events.map(comparable) };
  expect(comparableSlice, label).toEqual({ ...expected, events: expected.events.map(comparable) });
  return expected;
}

export async function compareSlice({ stores: [reference, subject] }: Pair, query: TailQuery, about: string) {
  const expected = await reference.tail(query);
  const actual = await subject.tail(query);
  const label = `${about}: tail ${JSON.stringify(query)}`;
  const comparableSlice = { ...actual, entries: actual.entries.map(comparableEntry) };
  expect(comparableSlice, label).toEqual({ ...expected, entries: expected.entries.map(comparableEntry) });
  return expected;
}

function randomEvent(random: SeededRandom): NewEvent {
  return {
    // Never the last one, which stays unknown.
    topic: topics[random.below(topics.length - 1)]!,
    eventId: random.pick(eventIds),
    source: random.pick(sources),
    timestamp: random.chance(0.5) ? { seconds: random.below(1e9) - 5e8, nanos: random.below(1e9) } : undefined,
    attributes: random.chance(0.5) ? random.pick(attributeLists) : undefined,
    content: random.pick(contents),
  };
}

function randomListQuery(random: SeededRandom, nowMs: number): ListQuery {
  const maybe = <T>(choose: () => T) => (random.chance(0.4) ? choose() : undefined);
  return {
    topic: maybe(() => random.pick(topics)),
    source: maybe(() => random.pick(sources)),
    sinceMs: maybe(() => nowMs - random.below(1000)),
    untilMs: maybe(() => nowMs - random.below(500)),
    order: random.pick<Order>(['ascending', 'descending']),
    after: maybe(() => random.below(200)),
    eventsMax: 1 + random.below(30),
    bytesMax: 1 + random.below(400),
    scanMax: 1 + random.below(60),
  };
}

function randomTailQuery(random: SeededRandom): TailQuery {
  const some = <T>(choices: readonly T[]) =>
    random.chance(0.5) ? [] : Array.from({ length: 1 + random.below(2) }, () => random.pick(choices));
  const filter: EventFilter = {
    topics: some(topics),
    topicPrefixes: random.chance(0.5) ? [] : some(topicPrefixes),
    sources: some(sources),
    attributes: random.chance(0.7) ? {} : random.pick(attributeLists),
  };
  return {
    filter,
    after: random.below(200),
    eventsMax: 1 + random.below(30),
    bytesMax: 1 + random.below(400),
    scanMax: 1 + random.below(60),
  };
}
