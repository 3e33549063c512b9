import { OncelogError } from '@oncelog/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Delivery } from './group-types.ts';
import { createGroupBench, groupName, idsOf, positionsOf, range } from './testing/group-bench.ts';

const leaseMs = 30_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function openStream(windowEvents: number, ...settings: Parameters<typeof createGroupBench>) {
  const bench = await createGroupBench(...settings);
  const leaving = new AbortController();
  const request = { group: groupName, member: 'm', windowEvents };
  const stream = bench.groups.stream(request, leaving.signal);
  const next = async (): Promise<readonly Delivery[]> => (await stream.next()).value ?? [];
  return { ...bench, leaving, stream, next };
}

describe('a stream', () => {
  it('delivers what is there and then what comes', async () => {
    const { publish, next, stream } = await openStream(100);
    await publish(3);
    expect(positionsOf(await next())).toEqual([1, 2, 3]);
    const pending = next();
    await settled();
    await publish(2);
    expect(positionsOf(await pending)).toEqual([4, 5]);
    await stream.return();
  });

  it('never has more than its window unsettled, and goes on when some of it is settled', async () => {
    const { groups, publish, next, stream } = await openStream(4);
    await publish(10);
    const first = await next();
    expect(positionsOf(first)).toEqual([1, 2, 3, 4]);
    let more: readonly Delivery[] | undefined;
    const pending = next().then((deliveries) => (more = deliveries));
    await settled();
    expect(more).toBeUndefined();
    await groups.acknowledge(groupName, idsOf(first.slice(0, 2)));
    expect(positionsOf((await pending)!)).toEqual([5, 6]);
    await groups.reject(groupName, idsOf(first.slice(2)), { delayMs: 60_000, reason: '' });
    expect(positionsOf(await next())).toEqual([7, 8]);
    await stream.return();
  });

  it('has room in its window again when its leases are over', async () => {
    const { publish, next, stream, time } = await openStream(2);
    await publish(3);
    expect(positionsOf(await next())).toEqual([1, 2]);
    const pending = next();
    await settled();
    time.nowMs += leaseMs;
    // The sign of life comes before: what was due stays due.
    vi.advanceTimersByTime(leaseMs);
    let deliveries = await pending;
    while (deliveries.length === 0) deliveries = await next();
    expect(deliveries.map(({ entry, attempt }) => [entry.position, attempt])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    await stream.return();
  });

  it('has room in its window again after a seek', async () => {
    const { groups, publish, next, stream } = await openStream(2);
    await publish(4);
    expect(positionsOf(await next())).toEqual([1, 2]);
    const pending = next();
    await settled();
    await groups.seek(groupName, { after: 1 });
    expect(positionsOf(await pending)).toEqual([2, 3]);
    await stream.return();
  });

  it('gives a sign of life when nothing comes for ten seconds', async () => {
    const { next, stream } = await openStream(10);
    const pending = next();
    await settled();
    vi.advanceTimersByTime(9999);
    await settled();
    vi.advanceTimersByTime(1);
    expect(await pending).toEqual([]);
    await stream.return();
  });

  it('is not given more while its reader has not taken what came before', async () => {
    const { store, publish, next, stream } = await openStream(1000, {}, { pageBytesMax: 1000 });
    await publish(50, { content: { bytes: new Uint8Array(500), contentType: 'a/b' } });
    const tail = vi.spyOn(store, 'tail');
    expect(await next()).toHaveLength(2);
    await settled();
    expect(tail).toHaveBeenCalledTimes(1);
    expect(await next()).toHaveLength(2);
    await stream.return();
  });

  it('throws the reason of its signal, and leaves its leases to run out', async () => {
    const { publish, pull, next, leaving, time } = await openStream(10);
    await publish(2);
    await next();
    const pending = next();
    await settled();
    const reason = new OncelogError('READER_STALLED', 'too slow');
    leaving.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(await pull()).toEqual([]);
    time.nowMs += leaseMs;
    expect(positionsOf(await pull())).toEqual([1, 2]);
  });

  it('leaves no timer behind when its reader goes', async () => {
    const { publish, next, stream } = await openStream(10);
    await publish(1);
    await next();
    await settled();
    await stream.return();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with SHUTTING_DOWN when the groups are closed', async () => {
    const { groups, next } = await openStream(10);
    const pending = next();
    await settled();
    const closed = groups.close();
    await expect(pending).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await closed;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with NOT_FOUND when the group is not there, or is deleted', async () => {
    const { groups, next } = await openStream(10);
    const pending = next();
    await settled();
    await groups.deleteGroup(groupName);
    await expect(pending).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const other = groups.stream({ group: groupName, member: '' }, new AbortController().signal);
    await expect(other.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps nothing of those who have left: the others get it all', async () => {
    const { groups, publish, next, stream, time } = await openStream(5);
    await publish(5);
    await next();
    await stream.return();
    const heir = groups.stream({ group: groupName, member: 'heir', windowEvents: 5 }, new AbortController().signal);
    const pending = heir.next();
    await settled();
    time.nowMs += leaseMs;
    vi.advanceTimersByTime(leaseMs);
    let deliveries = (await pending).value ?? [];
    while (deliveries.length === 0) deliveries = (await heir.next()).value ?? [];
    expect(positionsOf(deliveries)).toEqual(range(1, 5));
    await heir.return();
  });
});

describe('several streams', () => {
  it('are served in turn', async () => {
    const { groups, publish } = await createGroupBench();
    const streams = ['a', 'b', 'c'].map((member) =>
      groups.stream({ group: groupName, member, windowEvents: 10 }, new AbortController().signal),
    );
    const shares: number[][] = [[], [], []];
    const pending = streams.map((stream, index) =>
      (async () => {
        for (let count = 0; count < 3; count += 1) {
          const { value } = await stream.next();
          shares[index]!.push(...positionsOf(value ?? []));
        }
      })(),
    );
    for (let each = 0; each < 9; each += 1) {
      await settled();
      await publish(1);
    }
    await Promise.all(pending);
    expect(shares).toEqual([
      [1, 4, 7],
      [2, 5, 8],
      [3, 6, 9],
    ]);
    await Promise.all(streams.map((stream) => stream.return()));
  });

  it('are as many as may wait at a time, pulls among them', async () => {
    const { groups, pull } = await createGroupBench({}, { subscribersMax: 2 });
    const stream = groups.stream({ group: groupName, member: 'm' }, new AbortController().signal);
    const streamed = stream.next();
    const leaving = new AbortController();
    const pulled = groups.pull({ group: groupName, member: 'm', waitMs: 60_000 }, leaving.signal);
    const refusal = { code: 'QUEUE_FULL', violations: [{ field: 'members', limit: 2, actual: 2 }] };
    await expect(pull()).rejects.toMatchObject(refusal);
    const another = groups.stream({ group: groupName, member: 'm' }, new AbortController().signal);
    await expect(another.next()).rejects.toMatchObject(refusal);
    leaving.abort();
    await pulled;
    expect(await pull()).toEqual([]);
    await groups.close();
    await expect(streamed).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('keep their windows when another leaves', async () => {
    const { groups, publish } = await createGroupBench();
    const open = (member: string) =>
      groups.stream({ group: groupName, member, windowEvents: 1 }, new AbortController().signal);
    const [stays, leaves] = [open('stays'), open('leaves')];
    await publish(1);
    const ids = idsOf((await stays.next()).value ?? []);
    await publish(1);
    await leaves.next();
    await leaves.return();
    const pending = stays.next();
    await groups.acknowledge(groupName, ids);
    await publish(1);
    expect(positionsOf((await pending).value ?? [])).toEqual([3]);
    await stays.return();
  });

  it('have room again for what another process took from them, though nobody tells them of it', async () => {
    const { groups, reopened, publish } = await createGroupBench({ attemptsMax: 1 }, {}, { hintless: true });
    const other = reopened();
    const open = (member: string) =>
      groups.stream({ group: groupName, member, windowEvents: 1 }, new AbortController().signal);
    const [first, second] = [open('first'), open('second')];
    await publish(1);
    const ids = idsOf((await first.next()).value ?? []);
    const pending = [first.next(), second.next()];
    await settled();
    await other.reject(groupName, ids, { delayMs: 0, reason: '' });
    await other.replay(groupName, [1]);
    await publish(1);
    const given = (await Promise.all(pending)).map(({ value }) => positionsOf(value ?? []));
    expect(given).toEqual([[1], [2]]);
    await Promise.all([first.return(), second.return()]);
  });
});
