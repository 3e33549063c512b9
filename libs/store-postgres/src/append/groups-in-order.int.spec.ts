import type { EventStore, NewEvent } from '@oncelog/core';
import { append, jsonContent, sampleEvent } from '@oncelog/core/testing';
import { describe, expect, it } from 'vitest';
import { freshLog, serverUrl } from '../testing/temporary-schema.ts';

const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => sampleEvent('t', `${name} ${index}`));

/** All on their way before the first is answered. */
async function appendAtOnce(store: EventStore, groups: readonly NewEvent[][]): Promise<number[][]> {
  const outcomes = await Promise.all(groups.map((events) => append(store, [events])));
  return outcomes.map(([group = []]) => group.map(({ position }) => position));
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.runIf(serverUrl !== undefined)('groups that are given at once', () => {
  it('are stored in the order in which they were given, on a connection that is new too', async () => {
    const store = await freshLog(serverUrl!).open();
    const groups = upTo(20).map((group) => numbered(`${group}`, 5));
    expect((await appendAtOnce(store, groups)).flat()).toEqual(upTo(100));
  });

  it('wait for one among them whose contents are to be compared first', async () => {
    const store = await freshLog(serverUrl!).open();
    await append(store, [[sampleEvent('t', 'known', { content: jsonContent('{"a":1,"b":2}') })]]);
    const spelledOtherwise = sampleEvent('t', 'known', { content: jsonContent('{"b":2, "a":1}') });
    const groups = [numbered('a', 2), [spelledOtherwise, ...numbered('b', 2)], numbered('c', 2), numbered('d', 2)];
    expect(await appendAtOnce(store, groups)).toEqual([
      [2, 3],
      [1, 4, 5],
      [6, 7],
      [8, 9],
    ]);
  });

  it('wait for one among them that finds no room left', async () => {
    const store = await freshLog(serverUrl!, { partitionPositions: 10 }).open();
    const groups = upTo(8).map((group) => numbered(`${group}`, 25));
    expect((await appendAtOnce(store, groups)).flat()).toEqual(upTo(200));
  });

  it('go on behind one that fails', async () => {
    const log = freshLog(serverUrl!);
    const store = await log.open();
    await log.query(
      `alter table event add check (case source when 'refused' then 1 / (length(source) - 7) = 1 else true end)`,
    );
    const refused = append(store, [[sampleEvent('t', 'x', { source: 'refused' })]]);
    const following = appendAtOnce(store, [numbered('a', 2), numbered('b', 2)]);
    await expect(refused).rejects.toMatchObject({ outcome: 'none' });
    expect(await following).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('are all told why, where the server refuses what the first of them prepares', async () => {
    const log = freshLog(serverUrl!);
    const store = await log.open();
    await log.query('alter function append_events rename to gone');
    const groups = [numbered('a', 1), numbered('b', 1), numbered('c', 1)];
    const answers = await Promise.allSettled(groups.map((events) => append(store, [events])));
    const gone = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('the functions of the log are gone') };
    expect(answers).toMatchObject(groups.map(() => ({ reason: gone })));
    await log.query('alter function gone rename to append_events');
    expect(await appendAtOnce(store, groups)).toEqual([[1], [2], [3]]);
  });
});
