import { describe, expect, it } from 'vitest';
import { createGroupBench, groupName, idsOf, positionsOf } from './testing/group-bench.ts';

const atOnce = { delayMs: 0, reason: '' };

describe('a seek', () => {
  it('to the beginning delivers everything again, as the first attempt', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(3);
    await groups.acknowledge(groupName, idsOf(await pull('m', 2)));
    expect(await groups.seek(groupName, { start: 'beginning' })).toMatchObject({
      cursor: 0,
      outstanding: 0,
      backlog: 3,
    });
    expect((await pull()).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  it('to now passes over what is stored', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(3);
    expect(await groups.seek(groupName, { start: 'now' })).toMatchObject({ cursor: 3, backlog: 0 });
    await publish(1);
    expect(positionsOf(await pull())).toEqual([4]);
  });

  it('to an instant goes on with the first event stored then or later', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    const start = time.nowMs;
    for (let each = 0; each < 5; each += 1) {
      await publish(2);
      time.nowMs += 1000;
    }
    expect(await groups.seek(groupName, { sinceMs: start + 1001 })).toMatchObject({ cursor: 4 });
    expect(await groups.seek(groupName, { sinceMs: start + 1000 })).toMatchObject({ cursor: 2 });
    expect(positionsOf(await pull('m', 1))).toEqual([3]);
    expect(await groups.seek(groupName, { sinceMs: 0 })).toMatchObject({ cursor: 0 });
    expect(await groups.seek(groupName, { sinceMs: start + 9000 })).toMatchObject({ cursor: 10 });
  });

  it('beyond the newest event is refused, and leaves the place as it is', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(3);
    await pull('m', 1);
    await expect(groups.seek(groupName, { after: 4 })).rejects.toMatchObject({
      code: 'RULE_BROKEN',
      violations: [{ field: 'after', limit: 3, actual: 4 }],
    });
    expect(await groups.getGroup(groupName)).toMatchObject({ cursor: 1, outstanding: 1 });
    expect(await groups.seek(groupName, { after: 3 })).toMatchObject({ cursor: 3, outstanding: 0 });
  });

  it('leaves dead letters, until their event is delivered again', async () => {
    const { groups, publish, pull } = await createGroupBench({ attemptsMax: 1 });
    await publish(2);
    await groups.reject(groupName, idsOf(await pull()), atOnce);
    expect(await groups.seek(groupName, { start: 'beginning' })).toMatchObject({ deadLetters: 2 });
    const [first] = await pull('m', 1);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 1, deadLetters: 1 });
    await groups.acknowledge(groupName, idsOf([first!]));
    expect(await groups.acknowledge(groupName, idsOf([first!]))).toEqual(['alreadySettled']);
  });

  it('leaves it to the group to come to a dead letter that is replayed before it', async () => {
    const { groups, publish, pull } = await createGroupBench({ attemptsMax: 1 });
    await publish(3);
    await groups.reject(groupName, idsOf(await pull()).slice(1, 2), atOnce);
    await groups.seek(groupName, { start: 'beginning' });
    expect(await groups.replay(groupName, [2])).toBe(1);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0, deadLetters: 0 });
    expect(positionsOf(await pull())).toEqual([1, 2, 3]);
  });
});
