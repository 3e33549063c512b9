import { describe, expect, it, vi } from 'vitest';
import { createGroupBench, groupName, idsOf, positionsOf } from './testing/group-bench.ts';

const leaseMs = 30_000;

describe('dead letters', () => {
  it('are what was delivered as often as the group allows, with the reason of the last rejection', async () => {
    const { groups, publish, pull, time } = await createGroupBench({ attemptsMax: 2 });
    await publish(2);
    await groups.reject(groupName, idsOf(await pull('m', 1)), { delayMs: 0, reason: 'no stock' });
    await pull();
    time.nowMs += leaseMs;
    expect(positionsOf(await pull())).toEqual([2]);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 1, deadLetters: 1 });
    time.nowMs += leaseMs;
    expect(await pull()).toEqual([]);
    const { deadLetters } = await groups.deadLetters(groupName, { after: 0 });
    expect(deadLetters.map(({ reason }) => reason)).toEqual(['no stock', '']);
    expect(deadLetters[1]).toMatchObject({ attempts: 2, deadTimeMs: time.nowMs });
  });

  async function withDeadLetters(count: number, limits = {}) {
    const bench = await createGroupBench({ attemptsMax: 1 }, limits);
    await bench.publish(count);
    for (let left = count; left > 0;) {
      const deliveries = await bench.pull();
      await bench.groups.reject(groupName, idsOf(deliveries), { delayMs: 0, reason: 'bad' });
      left -= deliveries.length;
    }
    return bench;
  }

  it('are listed page by page', async () => {
    const { groups } = await withDeadLetters(5);
    const first = await groups.deadLetters(groupName, { after: 0, lettersMax: 3 });
    expect(first.deadLetters.map(({ entry }) => entry.position)).toEqual([1, 2, 3]);
    const second = await groups.deadLetters(groupName, { after: first.nextAfter!, lettersMax: 3 });
    expect(second.deadLetters.map(({ entry }) => entry.position)).toEqual([4, 5]);
    expect(second.nextAfter).toBeUndefined();
  });

  it('are delivered again with all their attempts before them', async () => {
    const { groups, pull } = await withDeadLetters(3);
    expect(await groups.replay(groupName, [2, 3, 99])).toBe(2);
    expect((await pull()).map(({ entry, attempt }) => [entry.position, attempt])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 2, deadLetters: 1 });
  });

  it('are delivered again as far as there is room', async () => {
    const { groups, pull } = await withDeadLetters(10, { outstandingMax: 4 });
    expect(await groups.replay(groupName, [])).toBe(4);
    expect(await groups.replay(groupName, [])).toBe(0);
    expect(positionsOf(await pull())).toEqual([1, 2, 3, 4]);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 4, deadLetters: 6 });
  });

  it('are delivered again as erased ones when they were erased', async () => {
    const { store, groups, pull } = await withDeadLetters(1);
    await store.erase('t', 'e1');
    await groups.replay(groupName, [1]);
    expect((await pull())[0]!.entry).toMatchObject({ erased: true, position: 1 });
  });

  it('are settled for good, by position or all of them', async () => {
    const { groups, pull } = await withDeadLetters(1500);
    expect(await groups.deleteDeadLetters(groupName, [2, 2, 9999])).toBe(1);
    expect(await groups.deleteDeadLetters(groupName, [])).toBe(1499);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0, deadLetters: 0 });
    expect(await pull()).toEqual([]);
  });

  it.each([0, -1, 2 ** 53, 2 ** 63])('are not at position %d, which is refused by its place', async (position) => {
    const { groups } = await withDeadLetters(1);
    for (const refused of [
      groups.replay(groupName, [1, position]),
      groups.deleteDeadLetters(groupName, [1, position]),
    ]) {
      await expect(refused).rejects.toMatchObject({
        code: 'RULE_BROKEN',
        violations: [{ field: 'positions[1]', limit: Number.MAX_SAFE_INTEGER, actual: position }],
      });
    }
    expect(await groups.getGroup(groupName)).toMatchObject({ deadLetters: 1 });
  });

  it('are decided about by one call after the other, also of those that share a flush', async () => {
    const { store, groups, publish, pull } = await withDeadLetters(2);
    const change = vi.spyOn(store.consumers, 'change');
    const deleted = [groups.deleteDeadLetters(groupName, [1]), groups.deleteDeadLetters(groupName, [1])];
    expect(await Promise.all(deleted)).toEqual([1, 0]);
    const replayed = [groups.replay(groupName, [2]), groups.deleteDeadLetters(groupName, [2])];
    expect(await Promise.all(replayed)).toEqual([1, 0]);
    await publish(1);
    const ids = idsOf(await pull());
    const settled = [
      groups.reject(groupName, ids, { delayMs: 0, reason: '' }),
      groups.acknowledge(groupName, ids),
      groups.acknowledge(groupName, ids),
    ];
    expect((await Promise.all(settled)).flat()).toEqual([
      'done',
      'done',
      'done',
      'done',
      'alreadySettled',
      'alreadySettled',
    ]);
    // What died and was settled in one turn never was a dead letter.
    expect(change.mock.lastCall![0]).toEqual([
      { name: groupName, expectedVersion: expect.any(Number), settled: [2, 3] },
    ]);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0, deadLetters: 0 });
  });
});
