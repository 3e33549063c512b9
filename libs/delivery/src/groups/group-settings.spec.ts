import { defaultLimits, everyEvent } from '@oncelog/core';
import { describe, expect, it } from 'vitest';
import type { CreateGroupRequest } from './group-types.ts';
import { createGroupBench, groupName, positionsOf } from './testing/group-bench.ts';

const signal = new AbortController().signal;
const topics = (...names: string[]) => ({ ...everyEvent, topics: names });

describe('a group', () => {
  it('is made with the defaults, at the beginning', async () => {
    const { groups, publish, time } = await createGroupBench();
    await publish(3);
    time.nowMs += 1;
    const made = await groups.createGroup({ name: 'new', filter: everyEvent });
    expect(made).toEqual({
      created: true,
      group: {
        name: 'new',
        settings: { filter: everyEvent, leaseMs: 30_000, attemptsMax: 5 },
        cursor: 0,
        outstanding: 0,
        backlog: 3,
        deadLetters: 0,
        createdTimeMs: time.nowMs,
      },
    });
  });

  it.each<[where: string, place: Partial<CreateGroupRequest>, first: number]>([
    ['at the beginning', { start: 'beginning' }, 1],
    ['behind the newest event', { start: 'now' }, 4],
    ['after a cursor', { after: 2 }, 3],
  ])('begins %s when it is told to', async (_, place, first) => {
    const { groups, publish } = await createGroupBench();
    await publish(3);
    await groups.createGroup({ name: 'new', filter: everyEvent, ...place });
    await publish(1);
    const [delivery] = await groups.pull({ group: 'new', member: 'm', waitMs: 0 }, signal);
    expect(delivery!.entry.position).toBe(first);
  });

  it('made once more is no error and keeps its place, wherever it is told to begin', async () => {
    const { groups, publish, pull } = await createGroupBench({ filter: topics('t', 'u') });
    await publish(3);
    await pull('m', 2);
    const again = await groups.createGroup({ name: groupName, filter: topics('u', 't', 'u'), start: 'now' });
    expect(again).toMatchObject({ created: false, group: { cursor: 2, outstanding: 2 } });
  });

  it.each<[what: string, settings: Partial<CreateGroupRequest>]>([
    ['filter', { filter: topics('other') }],
    ['attributes', { filter: { ...everyEvent, attributes: { a: 'b' } } }],
    ['lease', { leaseMs: 31_000 }],
    ['attempts', { attemptsMax: 6 }],
  ])('of the same name with another %s is refused', async (_, settings) => {
    const { groups } = await createGroupBench();
    await expect(groups.createGroup({ name: groupName, filter: everyEvent, ...settings })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      violations: [{ field: 'name', actual: groupName }],
    });
  });

  it('is one too many past the bound, also of two that are made at once', async () => {
    const { groups } = await createGroupBench({}, { groupsMax: 2 });
    const made = ['b', 'c'].map((name) => groups.createGroup({ name, filter: everyEvent }));
    const [b, c] = await Promise.allSettled(made);
    expect(b!.status).toBe('fulfilled');
    expect(c).toMatchObject({ reason: { code: 'RULE_BROKEN', violations: [{ field: 'name', limit: 2, actual: 2 }] } });
  });

  it('is listed with the others by name', async () => {
    const { groups } = await createGroupBench();
    await groups.createGroup({ name: 'z', filter: everyEvent });
    await groups.createGroup({ name: 'a', filter: everyEvent });
    expect((await groups.listGroups()).map(({ name }) => name)).toEqual(['a', groupName, 'z']);
  });

  it('is forgotten when it is deleted, with its place, and deleted once', async () => {
    const { groups, publish, pull } = await createGroupBench();
    await publish(2);
    await pull();
    expect(await groups.deleteGroup(groupName)).toBe(true);
    expect(await groups.deleteGroup(groupName)).toBe(false);
    await expect(groups.getGroup(groupName)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(pull()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await groups.createGroup({ name: groupName, filter: everyEvent });
    expect(positionsOf(await pull())).toEqual([1, 2]);
  });
});

describe('a group that is not there', () => {
  it.each([
    'getGroup',
    'pull',
    'acknowledge',
    'reject',
    'extendLease',
    'seek',
    'deadLetters',
    'replay',
    'deleteDeadLetters',
  ] as const)('is named in the refusal of %s, with what to do', async (method) => {
    const { groups } = await createGroupBench();
    const calls = {
      getGroup: () => groups.getGroup('none'),
      pull: () => groups.pull({ group: 'none', member: '', waitMs: 60_000 }, signal),
      acknowledge: () => groups.acknowledge('none', ['1.1.1.1']),
      reject: () => groups.reject('none', ['1.1.1.1'], { delayMs: 0, reason: '' }),
      extendLease: () => groups.extendLease('none', ['1.1.1.1']),
      seek: () => groups.seek('none', { after: 0 }),
      deadLetters: () => groups.deadLetters('none', { after: 0 }),
      replay: () => groups.replay('none', []),
      deleteDeadLetters: () => groups.deleteDeadLetters('none', []),
    };
    await expect(calls[method]()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'there is no consumer group "none"; create it first',
    });
  });
});

describe('a broken rule', () => {
  const ids = (count: number) => Array.from({ length: count }, () => '1.1.1.1');
  const positions = (count: number) => Array.from({ length: count }, () => 1);
  const hours = 3_600_000;
  type Bench = Awaited<ReturnType<typeof createGroupBench>>;

  it.each<[field: string, limit: number | undefined, actual: unknown, call: (bench: Bench) => Promise<unknown>]>([
    ['name', 255, 0, ({ groups }) => groups.createGroup({ name: '', filter: everyEvent })],
    ['name', 255, 256, ({ groups }) => groups.createGroup({ name: 'n'.repeat(256), filter: everyEvent })],
    ['name', undefined, undefined, ({ groups }) => groups.createGroup({ name: 'a\nb', filter: everyEvent })],
    ['name', undefined, undefined, ({ groups }) => groups.getGroup('a\ud800')],
    ['group', 255, 0, ({ groups }) => groups.acknowledge('', ids(1))],
    ['settings.filter.topics[0]', 255, 0, ({ groups }) => groups.createGroup({ name: 'n', filter: topics('') })],
    ['settings.filter', 16 * 1024, 16 * 1024 + 1, ({ groups }) => create(groups, { filter: filterOf(16 * 1024 + 1) })],
    ['settings.lease_duration', 12 * hours, 999, ({ groups }) => create(groups, { leaseMs: 999 })],
    [
      'settings.lease_duration',
      12 * hours,
      12 * hours + 1,
      ({ groups }) => create(groups, { leaseMs: 12 * hours + 1 }),
    ],
    ['settings.attempts_max', 1000, 1001, ({ groups }) => create(groups, { attemptsMax: 1001 })],
    ['settings.attempts_max', 1000, -1, ({ groups }) => create(groups, { attemptsMax: -1 })],
    ['after', 0, 1, ({ groups }) => create(groups, { after: 1 })],
    ['start', undefined, undefined, ({ groups }) => create(groups, { after: 0, start: 'now' })],
    ['member', 255, 256, ({ pull }) => pull('m'.repeat(256))],
    ['member', undefined, undefined, ({ pull }) => pull('a\u0000')],
    ['events_max', 1000, 1001, ({ pull }) => pull('m', 1001)],
    ['events_max', 1000, -1, ({ pull }) => pull('m', -1)],
    ['wait', 60_000, 60_001, ({ pull }) => pull('m', 1, 60_001)],
    ['wait', 60_000, -1, ({ pull }) => pull('m', 1, -1)],
    ['window_events', 1000, 1001, ({ groups }) => stream(groups, 1001)],
    ['delivery_ids', 1000, 0, ({ groups }) => groups.acknowledge(groupName, [])],
    ['delivery_ids', 1000, 1001, ({ groups }) => groups.acknowledge(groupName, ids(1001))],
    ['delivery_ids[3]', undefined, undefined, ({ groups }) => groups.acknowledge(groupName, [...ids(3), '1.1.1'])],
    ['delivery_ids[0]', undefined, undefined, ({ groups }) => groups.extendLease(groupName, ['1.1.1.01'])],
    ['delivery_ids[0]', undefined, undefined, ({ groups }) => groups.acknowledge(groupName, ['1.1.1.1\n'])],
    ['delay', 12 * hours, 12 * hours + 1, ({ groups }) => reject(groups, { delayMs: 12 * hours + 1 })],
    ['delay', 12 * hours, -1, ({ groups }) => reject(groups, { delayMs: -1 })],
    ['delay', 12 * hours, Number.NaN, ({ groups }) => reject(groups, { delayMs: Number.NaN })],
    ['reason', 1024, 1025, ({ groups }) => reject(groups, { reason: 'r'.repeat(1025) })],
    ['reason', undefined, undefined, ({ groups }) => reject(groups, { reason: '\0' })],
    ['lease_duration', 12 * hours, 999, ({ groups }) => groups.extendLease(groupName, ids(1), 999)],
    ['page_size', 1000, 1001, ({ groups }) => groups.deadLetters(groupName, { after: 0, lettersMax: 1001 })],
    ['positions', 1000, 1001, ({ groups }) => groups.replay(groupName, positions(1001))],
    ['positions[1]', Number.MAX_SAFE_INTEGER, 0, ({ groups }) => groups.deleteDeadLetters(groupName, [1, 0])],
  ])('is refused under %s', async (field, limit, actual, call) => {
    const error = await call(await createGroupBench()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RULE_BROKEN', violations: [{ field }] });
    const [violation] = (error as { violations: { limit?: number; actual?: unknown }[] }).violations;
    expect([violation!.limit, violation!.actual]).toEqual([limit, actual]);
  });

  /** A filter of so many bytes as JSON. */
  const filterOf = (bytes: number) => {
    const names = Array.from({ length: 73 }, (_, index) => String(index).padEnd(220, 't'));
    const rest = bytes - JSON.stringify(topics(...names, '')).length;
    return topics(...names, 't'.repeat(rest));
  };
  type Groups = Bench['groups'];
  const create = (groups: Groups, settings: Partial<CreateGroupRequest>) =>
    groups.createGroup({ name: 'n', filter: everyEvent, ...settings });
  const reject = (groups: Groups, options: { delayMs?: number; reason?: string }) =>
    groups.reject(groupName, ids(1), { delayMs: 0, reason: '', ...options });
  const stream = (groups: Groups, windowEvents: number) =>
    groups.stream({ group: groupName, member: 'm', windowEvents }, signal).next();

  it('leaves the bounds themselves within', async () => {
    const { groups, pull } = await createGroupBench();
    await expect(
      create(groups, {
        filter: filterOf(16 * 1024),
        leaseMs: 12 * hours,
        attemptsMax: defaultLimits.attemptsMax,
      }),
    ).resolves.toBeDefined();
    await expect(pull('m'.repeat(255), 1000)).resolves.toEqual([]);
    await expect(reject(groups, { delayMs: 12 * hours, reason: 'r'.repeat(1024) })).resolves.toEqual(['leaseLost']);
    await expect(groups.acknowledge(groupName, ids(1000))).resolves.toHaveLength(1000);
  });
});
