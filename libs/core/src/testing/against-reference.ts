// A property test: whatever happens, a store answers as the reference store does.
import { append } from './append.ts';
import { describe, expect, it } from 'vitest';
import type { EventStore, ListQuery, Order } from '../event-store.ts';
import type { NewEvent } from '../event.ts';
import { comparable, jsonContent } from './sample-events.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';
import { type CreateStorePlace, createTestClock, type StorePlace } from './store-place.ts';

/** Set it to the seed that a failure names to see the same run again. */
const seedVariable = 'TEST_SEED';
const defaultSeeds = [1, 2];
const defaultSteps = 250;
/** Opening a store in threads may take half a second, so a run does it a few times only. */
const reopenProbability = 0.015;
const timeoutMs = 60_000;

const topics = ['a', 'b', 'B', 'caf\u00e9', 'unknown'];
const sources = ['', 'one', 'two', 'three', 'four', 'five'];
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

interface Pair {
  readonly places: readonly [StorePlace, StorePlace];
  stores: readonly [EventStore, EventStore];
  /** The later of the two is the newest stored time: what lists may ask for. */
  readonly nowMs: () => number;
}

export function describeAgainstReference(
  name: string,
  createReference: CreateStorePlace,
  createSubject: CreateStorePlace,
): void {
  const chosen = process.env[seedVariable];
  const seeds = chosen === undefined ? defaultSeeds : [Number(chosen)];
  describe(`the same answers as the reference: ${name}`, () => {
    it.each(seeds)(
      `holds for random publishes, repeats, conflicts, restarts and lists (${seedVariable}=%i)`,
      { timeout: timeoutMs },
      (seed) => compareWithReference(seed, createReference, createSubject),
    );
  });
}

export async function compareWithReference(
  seed: number,
  createReference: CreateStorePlace,
  createSubject: CreateStorePlace,
  steps = defaultSteps,
): Promise<void> {
  const random = createSeededRandom(seed);
  const { clock, move } = createTestClock();
  const options = { clock, limits: { sourcesCountedMax: 3, dropsKeptMax: 10 } };
  const places = [await createReference(), await createSubject()] as const;
  const open = async () => [await places[0].open(options), await places[1].open(options)] as const;
  const pair: Pair = { places, stores: await open(), nowMs: clock };
  try {
    for (let step = 0; step < steps; step += 1) {
      const about = `seed ${seed}, step ${step}`;
      if (random.chance(0.3)) move(random.below(20) - 5);
      if (random.chance(reopenProbability)) {
        for (const store of pair.stores) await store.close();
        pair.stores = await open();
      }
      await pickStep(random)(random, pair, about);
    }
    await compareAll(pair, `seed ${seed}, at the end`);
  } finally {
    for (const store of pair.stores) await store.close();
    for (const place of places) await place.remove();
  }
}

type Step = (random: SeededRandom, pair: Pair, about: string) => Promise<void>;

function pickStep(random: SeededRandom): Step {
  return random.pick([compareAppend, compareAppend, compareList, compareList, compareGet, compareStats]);
}

const compareAppend: Step = async (random, { stores: [reference, subject] }, about) => {
  const batches = Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: random.below(7) }, () => randomEvent(random)),
  );
  const [expected, actual] = await Promise.all([append(reference, batches), append(subject, batches)]);
  expect(actual, `${about}: append ${JSON.stringify(batches)}`).toEqual(expected);
};

const compareList: Step = async (random, pair, about) => {
  await comparePage(pair, randomQuery(random, pair.nowMs()), about);
};

const compareGet: Step = async (random, { stores }, about) => {
  const [topic, eventId] = [random.pick(topics), random.pick(eventIds)];
  const found = await Promise.all(stores.map((store) => store.get(topic, eventId)));
  const [expected, actual] = found.map((event) => event && comparable(event));
  expect(actual, `${about}: get ${topic} ${eventId}`).toEqual(expected);
};

const compareStats: Step = async (random, { stores: [reference, subject] }, about) => {
  const query = { topicsMax: random.below(6), sourcesMax: random.below(6) };
  expect(await subject.stats(query), `${about}: stats`).toEqual(await reference.stats(query));
};

async function compareAll(pair: Pair, about: string): Promise<void> {
  const query: ListQuery = { order: 'ascending', eventsMax: 7, bytesMax: 1_000_000, scanMax: 50 };
  let after = 0;
  for (let end = false; !end;) ({ end, scannedTo: after } = await comparePage(pair, { ...query, after }, about));
  const [reference, subject] = pair.stores;
  const all = { topicsMax: 100, sourcesMax: 100 };
  const { stored, duplicates, conflicts } = await reference.stats(all);
  expect(await subject.stats(all), about).toEqual(await reference.stats(all));
  expect(
    Math.min(stored, duplicates, conflicts),
    `${about}: a run without repeats or conflicts proves nothing`,
  ).toBeGreaterThan(0);
}

async function comparePage({ stores: [reference, subject] }: Pair, query: ListQuery, about: string) {
  const expected = await reference.list(query);
  const actual = await subject.list(query);
  const comparableSlice = { ...actual, events: actual.events.map(comparable) };
  const label = `${about}: list ${JSON.stringify(query)}`;
  expect(comparableSlice, label).toEqual({ ...expected, events: expected.events.map(comparable) });
  return expected;
}

function randomEvent(random: SeededRandom): NewEvent {
  return {
    // Never the last one, which stays unknown.
    topic: topics[random.below(topics.length - 1)]!,
    eventId: random.pick(eventIds),
    source: random.pick(sources),
    timestamp: random.chance(0.5) ? { seconds: random.below(1e9) - 5e8, nanos: random.below(1e9) } : undefined,
    attributes: random.chance(0.3) ? { trace: `${random.below(1e6)}` } : undefined,
    content: random.pick(contents),
  };
}

function randomQuery(random: SeededRandom, nowMs: number): ListQuery {
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
