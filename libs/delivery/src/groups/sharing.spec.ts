import { describe, expect, it } from 'vitest';
import { createGroupBench, groupName, idsOf, positionsOf, range } from './testing/group-bench.ts';

const leaseMs = 30_000;
const never = new AbortController().signal;

describe('members', () => {
  it('are three and share 1,000 events, each once', async () => {
    const { groups, publish } = await createGroupBench();
    const seen: number[] = [];
    const done = new AbortController();
    const consume = async (member: string) => {
      let count = 0;
      const request = { group: groupName, member, windowEvents: 50 };
      try {
        for await (const deliveries of groups.stream(request, done.signal)) {
          await groups.acknowledge(groupName, idsOf(deliveries));
          seen.push(...positionsOf(deliveries));
          count += deliveries.length;
          if (seen.length >= 1000) done.abort();
        }
      } catch (error) {
        if (!done.signal.aborted) throw error;
      }
      return count;
    };
    const members = ['a', 'b', 'c'].map(consume);
    for (let batch = 0; batch < 10; batch += 1) await publish(100);
    const counts = await Promise.all(members);
    expect(seen.sort((a, b) => a - b)).toEqual(range(1, 1000));
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(await groups.getGroup(groupName)).toMatchObject({ cursor: 1000, outstanding: 0, backlog: 0 });
  });

  it('that vanish without a word lose nothing: another gets it all when their leases are over', async () => {
    const { publish, pull, time } = await createGroupBench();
    await publish(100);
    const lost = await pull('vanishes');
    expect(lost).toHaveLength(100);
    time.nowMs += leaseMs - 1;
    expect(await pull('heir')).toEqual([]);
    time.nowMs += 1;
    const inherited = await pull('heir');
    expect(positionsOf(inherited)).toEqual(range(1, 100));
    expect(inherited.every(({ attempt }) => attempt === 2)).toBe(true);
  });

  it('need no name', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(1);
    const ids = idsOf(await pull(''));
    expect((await groups.extendLease(groupName, ids)).results).toEqual(['done']);
  });
});

describe('a restart', () => {
  it('keeps the place, what is outstanding and the attempts', async () => {
    const { groups, reopened, publish, pull, time } = await createGroupBench();
    await publish(5);
    const before = await pull('m', 3);
    await groups.acknowledge(groupName, idsOf(before.slice(0, 1)));
    await groups.close();
    const after = reopened();
    expect(await after.getGroup(groupName)).toMatchObject({ cursor: 3, outstanding: 2, backlog: 2 });
    const fresh = await after.pull({ group: groupName, member: 'm', waitMs: 0 }, never);
    expect(fresh.map(({ entry, attempt }) => [entry.position, attempt])).toEqual([
      [4, 1],
      [5, 1],
    ]);
    expect(await after.acknowledge(groupName, idsOf(before))).toEqual(['alreadySettled', 'done', 'done']);
    time.nowMs += leaseMs;
    const again = await after.pull({ group: groupName, member: 'm', waitMs: 0 }, never);
    expect(again.map(({ entry, attempt }) => [entry.position, attempt])).toEqual([
      [4, 2],
      [5, 2],
    ]);
  });
});
