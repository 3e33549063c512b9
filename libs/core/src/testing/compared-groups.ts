// Steps of the property test: consumer groups come, change and go.
import { expect } from 'vitest';
import type { DeadLetter, GroupChange, NewGroup, Outstanding } from '../consumer-store.ts';
import { everyEvent } from '../event-filter.ts';
import type { Pair, Step } from './compared-pair.ts';
import type { SeededRandom } from './seeded-random.ts';

const groupNames = ['g', 'G', 'other', 'never made'];
/** Few, so that what is outstanding is changed, settled and dies again. */
const positionsMax = 8;

export const compareGroupStep: Step = async (random, pair, about) => {
  const step = random.chance(0.25) ? compareMaking : random.chance(0.1) ? compareDeleting : compareChange;
  await step(random, pair, about);
  await compareGroups(pair, about);
};

const compareMaking: Step = async (random, { stores }, about) => {
  const group: NewGroup = {
    name: groupNames[random.below(groupNames.length - 1)]!,
    settings: {
      filter: { ...everyEvent, topics: random.chance(0.5) ? ['a'] : [] },
      leaseMs: 1000 + random.below(1000),
      attemptsMax: 1 + random.below(5),
    },
    cursor: random.below(100),
    createdTimeMs: random.below(1e9),
  };
  const [expected, actual] = await Promise.all(stores.map(({ consumers }) => consumers.createGroup(group)));
  expect(actual, `${about}: make the group ${group.name}`).toBe(expected);
};

const compareDeleting: Step = async (random, { stores }, about) => {
  const name = random.pick(groupNames);
  const [expected, actual] = await Promise.all(stores.map(({ consumers }) => consumers.deleteGroup(name)));
  expect(actual, `${about}: delete the group ${name}`).toBe(expected);
};

const compareChange: Step = async (random, { stores }, about) => {
  const changes: GroupChange[] = [];
  for (let count = 1 + random.below(4); count > 0; count -= 1) {
    const name = random.pick(groupNames);
    const earlier = changes.filter((each) => each.name === name).length;
    const version = ((await stores[0].consumers.group(name))?.version ?? 1) + earlier;
    changes.push(randomChange(random, name, random.chance(0.8) ? version : version + random.below(3) - 1));
  }
  const [expected, actual] = await Promise.all(stores.map(({ consumers }) => consumers.change(changes)));
  expect(actual, `${about}: change ${JSON.stringify(changes)}`).toEqual(expected);
};

export async function compareGroups({ stores: [reference, subject] }: Pair, about: string): Promise<void> {
  for (const name of groupNames) {
    expect(await subject.consumers.group(name), `${about}: group ${name}`).toEqual(
      await reference.consumers.group(name),
    );
    const query = { after: 1, max: 4 };
    expect(await subject.consumers.deadLetters(name, query), `${about}: dead letters of ${name}`).toEqual(
      await reference.consumers.deadLetters(name, query),
    );
  }
  const all = await Promise.all([subject, reference].map(({ consumers }) => consumers.groups()));
  const [actual, expected] = all.map((groups) => groups.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  expect(actual, `${about}: groups`).toEqual(expected);
}

function randomChange(random: SeededRandom, name: string, expectedVersion: number): GroupChange {
  const position = () => 1 + random.below(positionsMax);
  const some = <Each>(make: () => Each) => Array.from({ length: random.below(4) }, make);
  const outstanding = (): Outstanding => ({
    position: position(),
    attempts: 1 + random.below(5),
    dueTimeMs: random.below(1e9),
    member: random.pick(['', 'm', 'n']),
    reason: random.pick(['', 'busy']),
  });
  const letter = (): DeadLetter => ({
    position: position(),
    attempts: 1 + random.below(5),
    reason: random.pick(['', 'no use']),
    deadTimeMs: random.below(1e9),
  });
  return {
    name,
    expectedVersion,
    ...(random.chance(0.5) && { cursor: random.below(100) }),
    ...(random.chance(0.2) && { epoch: random.below(10), forgetsOutstanding: random.chance(0.7) }),
    ...(random.chance(0.5) && { settled: some(position) }),
    ...(random.chance(0.7) && { outstanding: some(outstanding) }),
    ...(random.chance(0.3) && { dead: some(letter) }),
    ...(random.chance(0.3) && { revived: some(position) }),
  };
}
