// A group over a memory store, and what tests do with it again and again.
import { defaultLimits, everyEvent, type EventStore, type Limits, type NewEvent } from '@oncelog/core';
import { append, sampleEvent } from '@oncelog/core/testing';
import { createMemoryEventStore } from '@oncelog/store-memory';
import { type ConsumerGroups, createConsumerGroups } from '../consumer-groups.ts';
import type { CreateGroupRequest, Delivery } from '../group-types.ts';

export const groupName = 'billing';

export interface GroupBench {
  readonly store: EventStore;
  readonly groups: ConsumerGroups;
  /** The clock of the groups, which stands still unless it is told to go on. */
  readonly time: { nowMs: number };
  publish(count: number, more?: Partial<NewEvent>): Promise<void>;
  pull(member?: string, eventsMax?: number, waitMs?: number): Promise<readonly Delivery[]>;
  /** Other groups over the same store, as after a restart or in another process. */
  reopened(): ConsumerGroups;
}

export interface BenchOptions {
  /** Nobody is told of what others change, as when hints get lost: what the store holds must do. */
  readonly hintless?: boolean;
}

export async function createGroupBench(
  settings: Partial<CreateGroupRequest> = {},
  limits: Partial<Limits> = {},
  { hintless = false }: BenchOptions = {},
): Promise<GroupBench> {
  const time = { nowMs: 1_700_000_000_000 };
  const clock = () => time.nowMs;
  const store = createMemoryEventStore({ clock });
  if (hintless) store.consumers.watchGroups = () => () => undefined;
  const open = () => createConsumerGroups({ store, limits: { ...defaultLimits, ...limits }, clock });
  const groups = open();
  await groups.createGroup({ name: groupName, filter: everyEvent, ...settings });
  let published = 0;
  return {
    store,
    groups,
    time,
    async publish(count, more) {
      const events = Array.from({ length: count }, () => sampleEvent('t', `e${(published += 1)}`, more));
      await append(store, [events]);
    },
    pull: (member = 'm', eventsMax = 1000, waitMs = 0) =>
      groups.pull({ group: groupName, member, eventsMax, waitMs }, new AbortController().signal),
    reopened: open,
  };
}

export function positionsOf(deliveries: readonly Delivery[]): number[] {
  return deliveries.map(({ entry }) => entry.position);
}

export function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ deliveryId }) => deliveryId);
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
