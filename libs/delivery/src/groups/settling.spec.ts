import { everyEvent } from '@oncelog/core';
import { describe, expect, it, vi } from 'vitest';
import { createGroupBench, groupName, idsOf } from './testing/group-bench.ts';

const leaseMs = 30_000;
const atOnce = { delayMs: 0, reason: '' };

describe('an acknowledgement', () => {
  it('settles for good, and once more has nothing to do', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    await publish(2);
    const ids = idsOf(await pull());
    expect(await groups.acknowledge(groupName, ids)).toEqual(['done', 'done']);
    expect(await groups.acknowledge(groupName, ids)).toEqual(['alreadySettled', 'alreadySettled']);
    time.nowMs += leaseMs;
    expect(await pull()).toEqual([]);
  });

  it('settles the first of two of the same delivery', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(1);
    const [id] = idsOf(await pull());
    expect(await groups.acknowledge(groupName, [id!, id!])).toEqual(['done', 'alreadySettled']);
  });

  it('counts after its lease is over, and though another member has the event by now', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    await publish(2);
    const late = idsOf(await pull('slow'));
    time.nowMs += leaseMs;
    await pull('heir', 1);
    expect(await groups.acknowledge(groupName, late)).toEqual(['done', 'done']);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0 });
  });

  it('settles what is a dead letter by now: work that is done is done', async () => {
    const { groups, publish, pull, time } = await createGroupBench({ attemptsMax: 1 });
    await publish(2);
    const late = idsOf(await pull('slow'));
    time.nowMs += leaseMs;
    expect(await pull('heir')).toEqual([]);
    expect(await groups.getGroup(groupName)).toMatchObject({ deadLetters: 2 });
    expect(await groups.acknowledge(groupName, late.slice(1))).toEqual(['done']);
    expect(await groups.acknowledge(groupName, late)).toEqual(['done', 'alreadySettled']);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0, deadLetters: 0 });
  });

  it('of what was delivered before a seek is refused', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(1);
    const ids = idsOf(await pull());
    await groups.seek(groupName, { start: 'beginning' });
    expect(await groups.acknowledge(groupName, ids)).toEqual(['leaseLost']);
    expect(await pull()).toHaveLength(1);
    expect(await groups.acknowledge(groupName, ids)).toEqual(['leaseLost']);
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 1 });
  });

  it('of what another group delivered is refused, also when both were made in the same moment', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await groups.createGroup({ name: 'other', filter: everyEvent });
    await publish(1);
    const signal = new AbortController().signal;
    await groups.pull({ group: 'other', member: 'm', eventsMax: 1, waitMs: 0 }, signal);
    expect(await groups.acknowledge('other', idsOf(await pull()))).toEqual(['leaseLost']);
    expect(await groups.getGroup('other')).toMatchObject({ outstanding: 1 });
  });

  it('of what an earlier group of the name delivered is refused', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    await publish(1);
    const ids = idsOf(await pull());
    await groups.deleteGroup(groupName);
    time.nowMs += 1;
    await groups.createGroup({
      name: groupName,
      filter: { topics: [], topicPrefixes: [], sources: [], attributes: {} },
    });
    await pull();
    expect(await groups.acknowledge(groupName, ids)).toEqual(['leaseLost']);
  });

  it('of what was never delivered is refused', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(2);
    const [id] = idsOf(await pull('m', 1));
    expect(await groups.acknowledge(groupName, [id!.replace(/\.1\.1$/, '.2.1')])).toEqual(['leaseLost']);
  });

  it('is answered only when it is durable', async () => {
    const { store, groups, publish, pull } = await createGroupBench();
    await publish(1);
    const ids = idsOf(await pull());
    const { change } = store.consumers;
    const asked = Promise.withResolvers<void>();
    const flushed = Promise.withResolvers<void>();
    store.consumers.change = async (changes) => {
      asked.resolve();
      await flushed.promise;
      return change(changes);
    };
    let answered = false;
    const answer = groups.acknowledge(groupName, ids).finally(() => (answered = true));
    await asked.promise;
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    flushed.resolve();
    expect(await answer).toEqual(['done']);
  });

  it('shares one flush with all that wait, and reads nothing', async () => {
    const { store, groups, publish, pull } = await createGroupBench();
    await publish(500);
    const ids = idsOf(await pull());
    const change = vi.spyOn(store.consumers, 'change');
    const group = vi.spyOn(store.consumers, 'group');
    const tail = vi.spyOn(store, 'tail');
    const answers = await Promise.all(ids.map((id) => groups.acknowledge(groupName, [id])));
    expect(answers.every(([result]) => result === 'done')).toBe(true);
    expect(change).toHaveBeenCalledTimes(1);
    expect([group.mock.calls.length, tail.mock.calls.length]).toEqual([0, 0]);
  });
});

describe('a rejection', () => {
  it('brings the event again after its delay, to anybody', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    await publish(1);
    const ids = idsOf(await pull('a'));
    expect(await groups.reject(groupName, ids, { delayMs: 5000, reason: 'busy' })).toEqual(['done']);
    expect(await pull('b')).toEqual([]);
    time.nowMs += 5000;
    expect((await pull('b')).map(({ attempt }) => attempt)).toEqual([2]);
  });

  it('makes a dead letter at once when the attempts are used up', async () => {
    const { groups, publish, pull } = await createGroupBench({ attemptsMax: 2 });
    await publish(1);
    await groups.reject(groupName, idsOf(await pull()), { delayMs: 0, reason: 'first' });
    await groups.reject(groupName, idsOf(await pull()), { delayMs: 60_000, reason: 'second' });
    const { deadLetters, nextAfter } = await groups.deadLetters(groupName, { after: 0 });
    expect(deadLetters).toMatchObject([{ attempts: 2, reason: 'second', entry: { position: 1, eventId: 'e1' } }]);
    expect(nextAfter).toBeUndefined();
    expect(await groups.getGroup(groupName)).toMatchObject({ outstanding: 0, deadLetters: 1 });
  });

  it.each(['is over', 'is over and the event delivered again', 'was given back'] as const)(
    'is refused when the lease %s',
    async (how) => {
      const { groups, publish, pull, time } = await createGroupBench();
      await publish(1);
      const ids = idsOf(await pull('slow'));
      if (how === 'was given back') await groups.reject(groupName, ids, { delayMs: 1000, reason: '' });
      else time.nowMs += leaseMs;
      if (how === 'is over and the event delivered again') await pull('heir');
      expect(await groups.reject(groupName, ids, atOnce)).toEqual(['leaseLost']);
      expect((await groups.extendLease(groupName, ids)).results).toEqual(['leaseLost']);
    },
  );
});

describe('an extension', () => {
  it('counts the lease anew from now', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    await publish(1);
    const ids = idsOf(await pull('a'));
    time.nowMs += leaseMs - 1;
    const extended = await groups.extendLease(groupName, ids);
    expect(extended).toEqual({ results: ['done'], leaseExpiryTimeMs: time.nowMs + leaseMs });
    time.nowMs += leaseMs - 1;
    expect(await pull('b')).toEqual([]);
    time.nowMs += 1;
    expect(await pull('b')).toHaveLength(1);
  });

  it('takes a lease of its own', async () => {
    const { groups, publish, pull, time } = await createGroupBench();
    await publish(1);
    await groups.extendLease(groupName, idsOf(await pull('a')), 1000);
    time.nowMs += 1000;
    expect(await pull('b')).toHaveLength(1);
  });
});
