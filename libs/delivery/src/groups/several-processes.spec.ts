import type { Limits } from '@oncelog/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ConsumerGroups } from './consumer-groups.ts';
import type { CreateGroupRequest, Delivery } from './group-types.ts';
import { createGroupBench, groupName, idsOf, positionsOf, range } from './testing/group-bench.ts';

const leaseMs = 30_000;
const signal = new AbortController().signal;

async function twoProcesses(settings: Partial<CreateGroupRequest> = {}, limits: Partial<Limits> = {}) {
  const bench = await createGroupBench(settings, limits, { hintless: true });
  const other = bench.reopened();
  const pullFrom = (groups: ConsumerGroups, eventsMax = 1000) =>
    groups.pull({ group: groupName, member: 'm', eventsMax, waitMs: 0 }, signal);
  return { ...bench, other, pullFrom };
}

describe('two processes that serve one group', () => {
  it('never lease an event twice, and lose none', async () => {
    const { groups, other, publish, pullFrom } = await twoProcesses();
    await publish(1000);
    const seen: number[] = [];
    const consume = async (process: ConsumerGroups) => {
      for (;;) {
        const deliveries = await pullFrom(process, 7);
        if (deliveries.length === 0) return;
        seen.push(...positionsOf(deliveries));
        expect(await process.acknowledge(groupName, idsOf(deliveries))).toEqual(deliveries.map(() => 'done'));
      }
    };
    await Promise.all([groups, other, groups, other].map(consume));
    expect(seen.sort((a, b) => a - b)).toEqual(range(1, 1000));
  });

  it('decide anew when the other was first', async () => {
    const { store, groups, other, publish, pullFrom } = await twoProcesses();
    await Promise.all([pullFrom(groups), pullFrom(other)]);
    await publish(2);
    const change = vi.spyOn(store.consumers, 'change');
    const [first, second] = await Promise.all([pullFrom(groups, 1), pullFrom(other, 1)]);
    expect([...positionsOf(first), ...positionsOf(second)].sort()).toEqual([1, 2]);
    // One of the three was refused.
    expect(change).toHaveBeenCalledTimes(3);
  });

  it('settle what the other has delivered', async () => {
    const { groups, other, publish, pullFrom } = await twoProcesses();
    await publish(2);
    expect(await pullFrom(other, 1)).toHaveLength(1);
    const ids = idsOf(await pullFrom(groups));
    expect(await other.acknowledge(groupName, ids)).toEqual(['done']);
    expect(await groups.acknowledge(groupName, ids)).toEqual(['alreadySettled']);
  });

  it('settle a dead letter that the other has made of it', async () => {
    const { groups, other, publish, pullFrom } = await twoProcesses({ attemptsMax: 1 });
    await publish(2);
    const ids = idsOf([...(await pullFrom(groups, 1)), ...(await pullFrom(other, 1))]);
    expect(await groups.reject(groupName, ids, { delayMs: 0, reason: '' })).toEqual(['done', 'done']);
    expect(await other.acknowledge(groupName, ids)).toEqual(['done', 'done']);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0, deadLetters: 0 });
  });

  it('find what the other has made room for', async () => {
    const { groups, other, publish, pullFrom } = await twoProcesses({}, { outstandingMax: 2 });
    await publish(4);
    const ids = idsOf(await pullFrom(groups));
    expect(await pullFrom(other)).toEqual([]);
    await groups.acknowledge(groupName, ids);
    expect(positionsOf(await pullFrom(other))).toEqual([3, 4]);
  });

  it('follow a seek of the other', async () => {
    const { groups, other, publish, pullFrom } = await twoProcesses();
    await publish(2);
    const ids = idsOf(await pullFrom(groups));
    await other.seek(groupName, { start: 'beginning' });
    expect(await groups.acknowledge(groupName, ids)).toEqual(['leaseLost', 'leaseLost']);
    expect(positionsOf(await pullFrom(groups))).toEqual([1, 2]);
  });

  it('inherit what the other held when it died', async () => {
    const { groups, other, publish, pullFrom, time } = await twoProcesses();
    await publish(100);
    await pullFrom(groups);
    expect(await pullFrom(other)).toEqual([]);
    time.nowMs += leaseMs;
    expect(positionsOf(await pullFrom(other))).toEqual(range(1, 100));
  });
});

describe('a stream of one process', () => {
  async function streamBeside(settings: Partial<CreateGroupRequest> = {}, windowEvents = 2) {
    const bench = await createGroupBench(settings);
    const stream = bench.groups.stream({ group: groupName, member: 'm', windowEvents }, signal);
    onTestFinished(() => bench.groups.close());
    const next = async (): Promise<readonly Delivery[]> => (await stream.next()).value ?? [];
    return { ...bench, other: bench.reopened(), next };
  }

  it('has room in its window for what is settled through another', async () => {
    const { other, publish, next } = await streamBeside();
    await publish(6);
    for (const positions of [
      [1, 2],
      [3, 4],
      [5, 6],
    ]) {
      const deliveries = await next();
      expect(positionsOf(deliveries)).toEqual(positions);
      expect(await other.acknowledge(groupName, idsOf(deliveries))).toEqual(['done', 'done']);
    }
  });

  it('is given at once what is rejected through another', async () => {
    const { other, publish, next } = await streamBeside();
    await publish(1);
    const ids = idsOf(await next());
    const again = next();
    await other.reject(groupName, ids, { delayMs: 0, reason: '' });
    expect(await again).toMatchObject([{ entry: { position: 1 }, attempt: 2 }]);
  });

  it('follows a seek through another', async () => {
    const { other, publish, next } = await streamBeside();
    await publish(1);
    await next();
    const again = next();
    await other.seek(groupName, { start: 'beginning' });
    expect(await again).toMatchObject([{ entry: { position: 1 }, attempt: 1 }]);
  });

  it('ends with NOT_FOUND when its group is deleted through another', async () => {
    const { other, publish, next } = await streamBeside();
    await publish(1);
    await next();
    const ended = next();
    await other.deleteGroup(groupName);
    await expect(ended).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('asks the store no more often than others change the group', async () => {
    const { store, groups, publish, next } = await streamBeside();
    await publish(2);
    const deliveries = await next();
    const asked = vi.spyOn(store.consumers, 'group');
    const more = next();
    await groups.acknowledge(groupName, idsOf(deliveries));
    await publish(1);
    expect(positionsOf(await more)).toEqual([3]);
    expect(asked).not.toHaveBeenCalled();
  });

  it('asks the store once when it is told that any group may have changed', async () => {
    const { store, reopened, publish } = await createGroupBench();
    const watch = vi.spyOn(store.consumers, 'watchGroups');
    const groups = reopened();
    onTestFinished(() => groups.close());
    const stream = groups.stream({ group: groupName, member: 'm' }, signal);
    await publish(1);
    await stream.next();
    const asked = vi.spyOn(store.consumers, 'group');
    const more = stream.next();
    watch.mock.calls[0]![0]({ version: Infinity });
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
    await publish(1);
    expect(positionsOf((await more).value ?? [])).toEqual([2]);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});

describe('a store that fails', () => {
  it('fails what it was asked for, and is asked what holds the next time', async () => {
    const { store, groups, publish, pull } = await createGroupBench();
    await publish(2);
    const ids = idsOf(await pull());
    const { change } = store.consumers;
    // The change is made, but nobody hears of it.
    vi.spyOn(store.consumers, 'change').mockImplementationOnce(async (changes) => {
      await change(changes);
      throw new Error('connection lost');
    });
    await expect(groups.acknowledge(groupName, ids)).rejects.toThrow('connection lost');
    expect(await groups.acknowledge(groupName, ids)).toEqual(['alreadySettled', 'alreadySettled']);
  });

  it('fails a pull when the log cannot be read, and settles nevertheless', async () => {
    const { store, groups, publish, pull } = await createGroupBench();
    await publish(2);
    const ids = idsOf(await pull('m', 1));
    vi.spyOn(store, 'tail').mockRejectedValueOnce(new Error('unreadable'));
    const [pulled, settled] = await Promise.allSettled([pull(), groups.acknowledge(groupName, ids)]);
    expect(pulled).toMatchObject({ reason: { message: 'unreadable' } });
    expect(settled).toMatchObject({ value: ['done'] });
    expect(positionsOf(await pull())).toEqual([2]);
  });
});
