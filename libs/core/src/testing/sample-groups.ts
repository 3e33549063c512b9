// Consumer groups for tests, and how to bring them about.
import { expect } from 'vitest';
import type { ConsumerStore, DeadLetter, GroupChange, GroupState, NewGroup, Outstanding } from '../consumer-store.ts';
import { everyEvent } from '../event-filter.ts';

export function sampleGroup(name: string, more: Partial<NewGroup> = {}): NewGroup {
  const settings = { filter: everyEvent, leaseMs: 30_000, attemptsMax: 5 };
  return { name, settings, cursor: 0, createdTimeMs: 1_790_000_000_000, ...more };
}

export function outstandingAt(position: number, more: Partial<Outstanding> = {}): Outstanding {
  return { position, attempts: 1, dueTimeMs: 1_790_000_030_000, member: 'm', reason: '', ...more };
}

export function letterAt(position: number, more: Partial<DeadLetter> = {}): DeadLetter {
  return { position, attempts: 5, reason: 'no use', deadTimeMs: 1_790_000_060_000, ...more };
}

export async function createGroups(consumers: ConsumerStore, ...names: readonly string[]): Promise<void> {
  for (const name of names) expect(await consumers.createGroup(sampleGroup(name))).toBe(true);
}

/** In a store that tests share: these groups, and no others. */
export async function startWithGroups(consumers: ConsumerStore, ...names: readonly string[]): Promise<ConsumerStore> {
  for (const { name } of await consumers.groups()) await consumers.deleteGroup(name);
  await createGroups(consumers, ...names);
  return consumers;
}

/** A group at version 1, one change upon the other. */
export async function changeGroup(
  consumers: ConsumerStore,
  name: string,
  ...changes: readonly Partial<GroupChange>[]
): Promise<GroupState | undefined> {
  for (const [index, change] of changes.entries()) {
    expect(await consumers.change([{ name, expectedVersion: index + 1, ...change }])).toEqual([true]);
  }
  return consumers.group(name);
}
