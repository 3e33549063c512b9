// What every protocol's handlers work with.
import { type EventStore, type Limits, OncelogError, type StoredEvent, type StoreStats, violated } from '@oncelog/core';
import type { ConsumerGroups, Subscriptions } from '@oncelog/delivery';
import type { Ingest } from '@oncelog/ingest';
import type { ServiceState } from './service-state.ts';

export interface EventLog {
  readonly store: EventStore;
  readonly ingest: Ingest;
  readonly subscriptions: Subscriptions;
  readonly consumers: ConsumerGroups;
  readonly limits: Limits;
  readonly state: ServiceState;
}

export async function getEvent({ store }: EventLog, topic: string, eventId: string): Promise<StoredEvent> {
  if (topic === '') throw violated('RULE_BROKEN', [{ field: 'topic', description: 'is required' }]);
  if (eventId === '') throw violated('RULE_BROKEN', [{ field: 'event_id', description: 'is required' }]);
  const event = await store.get(topic, eventId);
  if (event) return event;
  throw new OncelogError('NOT_FOUND', 'no event is stored under this topic and event_id; keys compare byte for byte');
}

export function getStats({ store, limits }: EventLog): Promise<StoreStats> {
  return store.stats({ topicsMax: limits.topicsListedMax, sourcesMax: limits.sourcesListedMax });
}

/** How many events a page may hold: the default when absent, refused outside its range. */
export function pageSize(requested: number, limits: Limits, field: string, max: number): number {
  if (requested === 0) return limits.pageEventsDefault;
  if (Number.isInteger(requested) && requested >= 1 && requested <= max) return requested;
  const description = `must be a whole number from 1 to ${max}, is ${requested}`;
  throw violated('RULE_BROKEN', [{ field, description, limit: max, actual: requested }]);
}
