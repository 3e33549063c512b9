// A property test: whatever happens, a store answers as the reference store does.
import { describe, expect, it } from 'vitest';
import { everyEvent } from '../event-filter.ts';
import {
  compareAppend,
  compareCheck,
  compareErase,
  compareGet,
  compareList,
  comparePage,
  compareSlice,
  compareStats,
  compareTail,
} from './compared-events.ts';
import { compareGroups, compareGroupStep } from './compared-groups.ts';
import type { Pair, Step } from './compared-pair.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';
import { type CreateStorePlace, createTestClock } from './store-place.ts';

/** Set it to the seed that a failure names to see the same run again. */
const seedVariable = 'TEST_SEED';
const defaultSeeds = [1, 2];
const defaultSteps = 400;
/** Opening a store in threads may take half a second, so a run does it a few times only. */
const reopenProbability = 0.01;
const timeoutMs = 60_000;

export function describeAgainstReference(
  name: string,
  createReference: CreateStorePlace,
  createSubject: CreateStorePlace,
): void {
  const chosen = process.env[seedVariable];
  const seeds = chosen === undefined ? defaultSeeds : [Number(chosen)];
  describe(`the same answers as the reference: ${name}`, () => {
    it.each(seeds)(
      `holds for random publishes, repeats, conflicts, erasures, restarts, reads and groups (${seedVariable}=%i)`,
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

function pickStep(random: SeededRandom): Step {
  const often = [compareAppend, compareAppend, compareList, compareTail, compareTail, compareGroupStep];
  return random.pick([...often, ...often, compareCheck, compareErase, compareGet, compareStats]);
}

async function compareAll(pair: Pair, about: string): Promise<void> {
  const query = { order: 'ascending', eventsMax: 7, bytesMax: 1_000_000, scanMax: 50 } as const;
  let after = 0;
  for (let end = false; !end;) ({ end, scannedTo: after } = await comparePage(pair, { ...query, after }, about));
  const everything = { ...query, filter: everyEvent, after: 0, eventsMax: 1000, scanMax: 1000 };
  const { entries } = await compareSlice(pair, everything, about);
  await compareGroups(pair, about);
  const [reference, subject] = pair.stores;
  const all = { topicsMax: 100, sourcesMax: 100 };
  const { stored, duplicates, conflicts } = await reference.stats(all);
  expect(await subject.stats(all), about).toEqual(await reference.stats(all));
  const erased = entries.filter((entry) => 'erased' in entry).length;
  expect(
    Math.min(stored, duplicates, conflicts, erased),
    `${about}: a run without repeats, conflicts or erased events proves nothing`,
  ).toBeGreaterThan(0);
}
