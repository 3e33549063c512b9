import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGroupBench, groupName, idsOf, positionsOf, range } from './testing/group-bench.ts';

const leaseMs = 30_000;
const never = new AbortController().signal;

describe('a pull', () => {
  it('leases what comes after the cursor, in order, as the first attempt', async () => {
    const { publish, pull, time } = await createGroupBench();
    await publish(3);
    const deliveries = await pull();
    expect(positionsOf(deliveries)).toEqual([1, 2, 3]);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(deliveries[0]!.leaseExpiryTimeMs).toBe(time.nowMs + leaseMs);
  });

  it('is answered only when its leases are durable', async () => {
    const { store, publish, pull } = await createGroupBench();
    await publish(1);
    const { change } = store.consumers;
    const flushed = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    store.consumers.change = async (changes) => {
      asked.resolve();
      await flushed.promise;
      return change(changes);
    };
    let answered = false;
    const pulled = pull().finally(() => (answered = true));
    await asked.promise;
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    flushed.resolve();
    expect(await pulled).toHaveLength(1);
  });

  it('gets nothing that another member has', async () => {
    const { publish, pull } = await createGroupBench();
    await publish(5);
    expect(positionsOf(await pull('a', 3))).toEqual([1, 2, 3]);
    expect(positionsOf(await pull('b'))).toEqual([4, 5]);
    expect(await pull('c')).toEqual([]);
  });

  it('gets only what the filter of the group lets through', async () => {
    const filter = { topics: [], topicPrefixes: ['pay'], sources: ['shop'], attributes: { tier: 'gold' } };
    const { publish, pull } = await createGroupBench({ filter });
    await publish(1, { topic: 'payments', source: 'shop', attributes: { tier: 'gold' } });
    await publish(1, { topic: 'other', source: 'shop', attributes: { tier: 'gold' } });
    await publish(1, { topic: 'payments', source: 'depot', attributes: { tier: 'gold' } });
    await publish(1, { topic: 'payments', source: 'shop', attributes: { tier: 'tin' } });
    await publish(1, { topic: 'payments', source: 'shop', attributes: { tier: 'gold' } });
    expect(positionsOf(await pull())).toEqual([1, 5]);
  });

  it('finds what fits far behind what does not, in one call', async () => {
    const filter = { topics: [], topicPrefixes: ['rare'], sources: [], attributes: {} };
    const { publish, pull, groups } = await createGroupBench({ filter }, { pageScanMax: 10 });
    await publish(95);
    await publish(1, { topic: 'rare' });
    expect(positionsOf(await pull())).toEqual([96]);
    expect(await groups.getGroup(groupName)).toMatchObject({ cursor: 96, backlog: 0, outstanding: 1 });
  });

  it('keeps the place behind what does not fit, so that a restart scans little again', async () => {
    const filter = { topics: [], topicPrefixes: ['rare'], sources: [], attributes: {} };
    const { publish, pull, groups } = await createGroupBench({ filter }, { pageScanMax: 10 });
    await publish(25);
    expect(await pull()).toEqual([]);
    expect(await groups.getGroup(groupName)).toMatchObject({ cursor: 20, backlog: 5 });
  });

  it('finds events of which no commit was heard', async () => {
    const { store, reopened, publish } = await createGroupBench();
    vi.spyOn(store, 'watchHead').mockReturnValue(() => {});
    const deaf = reopened();
    const request = { group: groupName, member: 'm', waitMs: 0 };
    expect(await deaf.pull(request, never)).toEqual([]);
    await publish(1);
    expect(await deaf.pull(request, never)).toHaveLength(1);
  });

  it('gets no more than there is room for', async () => {
    const { publish, pull, groups } = await createGroupBench({}, { outstandingMax: 4 });
    await publish(10);
    const first = await pull();
    expect(positionsOf(first)).toEqual([1, 2, 3, 4]);
    expect(await pull()).toEqual([]);
    await groups.acknowledge(groupName, idsOf(first.slice(0, 2)));
    expect(positionsOf(await pull())).toEqual([5, 6]);
  });

  it('gets no more bytes than a page holds, and the rest with the next', async () => {
    const content = { bytes: new Uint8Array(100), contentType: 'a/b' };
    const { publish, pull, time } = await createGroupBench({}, { pageBytesMax: 250 });
    await publish(5, { content });
    expect(positionsOf(await pull())).toEqual([1, 2]);
    expect(positionsOf(await pull())).toEqual([3, 4]);
    expect(positionsOf(await pull())).toEqual([5]);
    time.nowMs += leaseMs;
    expect(positionsOf(await pull())).toEqual([1, 2]);
  });

  it('delivers an event that was erased as an erased one, also when it comes again', async () => {
    const { store, publish, pull, time } = await createGroupBench();
    await publish(2);
    await store.erase('t', 'e1');
    expect((await pull()).map(({ entry }) => 'erased' in entry)).toEqual([true, false]);
    await store.erase('t', 'e2');
    time.nowMs += leaseMs;
    expect((await pull()).map(({ entry }) => 'erased' in entry)).toEqual([true, true]);
  });

  it('reads events that have come due together with one read', async () => {
    const { store, publish, pull, groups, time } = await createGroupBench();
    await publish(1000);
    const deliveries = await pull();
    const settled = deliveries.filter(({ entry }) => entry.position % 10 === 0);
    await groups.acknowledge(groupName, idsOf(settled));
    time.nowMs += leaseMs;
    const tail = vi.spyOn(store, 'tail');
    const again = await pull('m', 900);
    expect(positionsOf(again)).toEqual(range(1, 1000).filter((position) => position % 10 !== 0));
    expect(tail).toHaveBeenCalledTimes(1);
  });
});

describe('a pull that waits', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const settled = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  it('is answered by the commit of an event', async () => {
    const { publish, pull } = await createGroupBench();
    const pulled = pull('m', 10, 60_000);
    await settled();
    await publish(2);
    expect(positionsOf(await pulled)).toEqual([1, 2]);
  });

  it('is empty when its wait is over', async () => {
    const { pull } = await createGroupBench();
    const pulled = pull('m', 10, 5000);
    await settled();
    vi.advanceTimersByTime(5000);
    expect(await pulled).toEqual([]);
  });

  it('is answered when a lease is over', async () => {
    const { publish, pull, time } = await createGroupBench();
    await publish(1);
    await pull('vanishes');
    const pulled = pull('m', 10, 60_000);
    await settled();
    time.nowMs += leaseMs;
    vi.advanceTimersByTime(leaseMs);
    expect((await pulled).map(({ attempt }) => attempt)).toEqual([2]);
  });

  it.each(['reject', 'seek', 'acknowledge', 'replay'] as const)(
    'is answered when %s gives it something',
    async (how) => {
      const { groups, publish, pull } = await createGroupBench({ attemptsMax: 2 }, { outstandingMax: 1 });
      await publish(2);
      let ids = idsOf(await pull());
      if (how === 'replay') {
        await groups.reject(groupName, ids, { delayMs: 0, reason: '' });
        await groups.reject(groupName, idsOf(await pull()), { delayMs: 0, reason: '' });
        ids = idsOf(await pull());
        await groups.acknowledge(groupName, ids);
      }
      const pulled = pull('m', 10, 60_000);
      await settled();
      if (how === 'reject') await groups.reject(groupName, ids, { delayMs: 0, reason: '' });
      if (how === 'seek') await groups.seek(groupName, { start: 'beginning' });
      if (how === 'acknowledge') await groups.acknowledge(groupName, ids);
      if (how === 'replay') expect(await groups.replay(groupName, [])).toBe(1);
      expect(positionsOf(await pulled)).toEqual([how === 'acknowledge' ? 2 : 1]);
    },
  );

  it('is empty when its signal aborts, and takes nothing any more', async () => {
    const { groups, publish, pull } = await createGroupBench();
    const leaving = new AbortController();
    const pulled = groups.pull({ group: groupName, member: 'm', waitMs: 60_000 }, leaving.signal);
    await settled();
    leaving.abort();
    await publish(1);
    expect(await pulled).toEqual([]);
    expect(await pull()).toHaveLength(1);
  });

  it('is empty when the groups are closed, and nothing is begun afterwards', async () => {
    const { groups, pull } = await createGroupBench();
    const pulled = pull('m', 10, 60_000);
    await settled();
    await groups.close();
    expect(await pulled).toEqual([]);
    await expect(pull()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(groups.acknowledge(groupName, ['1.1.1.1'])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('leaves no timer behind', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(1);
    await pull();
    const pulled = pull('m', 10, 60_000);
    await settled();
    await groups.close();
    await pulled;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('shares what comes evenly with the others, each event once', async () => {
    const { publish, pull } = await createGroupBench();
    const pulls = ['a', 'b', 'c'].map((member) => pull(member, 100, 60_000));
    await settled();
    await publish(10);
    const shares = (await Promise.all(pulls)).map(positionsOf);
    expect(shares).toEqual([range(1, 4), range(5, 7), range(8, 10)]);
  });

  it('is woken together with many others, however often something is stored', async () => {
    const { store, groups, publish } = await createGroupBench();
    const filter = { topics: [], topicPrefixes: ['rare'], sources: [], attributes: {} };
    const names = range(1, 40).map((each) => `g${each}`);
    await Promise.all(names.map((name) => groups.createGroup({ name, filter })));
    const pullAll = () => names.map((group) => groups.pull({ group, member: 'm', waitMs: 60_000 }, never));
    const pulls = pullAll();
    await settled();
    const tail = vi.spyOn(store, 'tail');
    for (let each = 0; each < 5; each += 1) await publish(1);
    await settled();
    expect(tail).not.toHaveBeenCalled();
    vi.advanceTimersByTime(4);
    await settled();
    expect(tail).toHaveBeenCalledTimes(40);
    await publish(1, { topic: 'rare' });
    vi.advanceTimersByTime(4);
    expect((await Promise.all(pulls)).map(positionsOf)).toEqual(names.map(() => [6]));
    const ended = pullAll();
    await settled();
    await publish(1);
    await groups.close();
    await Promise.all(ended);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not read the log for events of no use to it', async () => {
    const { store, groups, pull } = await createGroupBench();
    const pulled = pull('m', 10, 60_000);
    await settled();
    const tail = vi.spyOn(store, 'tail');
    await groups.acknowledge(groupName, ['1.1.1.1']);
    await settled();
    expect(tail).not.toHaveBeenCalled();
    await groups.close();
    await pulled;
  });
});
