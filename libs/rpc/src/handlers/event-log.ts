// What every protocol's handlers work with.
import {
  type Broker,
  type BrokerStats,
  type Durability,
  type EventStore,
  type Limits,
  OncelogError,
  type StoredEvent,
  type StoreStats,
  violated,
} from '@oncelog/core';
import type { ConsumerGroups, Subscriptions } from '@oncelog/delivery';
import type { Ingest } from '@oncelog/ingest';
import type { ServiceState } from './service-state.ts';

/** What a server shows of the broker in front of its log. */
export type ShownBroker = Pick<Broker, 'kind' | 'stats' | 'deadEntries' | 'replay'>;

export interface EventLog {
  readonly store: EventStore;
  /** Where published events go first, if not straight into the store. */
  readonly broker?: ShownBroker | undefined;
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

export interface LogStats extends StoreStats {
  /** What an answer to a publish survives; accepted: whatever the broker's settings make it survive. */
  readonly durability: Durability | 'accepted';
  readonly broker: (BrokerStats & { readonly kind: string }) | undefined;
}

/** The broker is asked first: an event that is stored in between would be in neither count otherwise. */
export async function getStats({ store, broker, limits }: EventLog): Promise<LogStats> {
  const held = broker && { kind: broker.kind, ...(await broker.stats()) };
  const stored = await store.stats({ topicsMax: limits.topicsListedMax, sourcesMax: limits.sourcesListedMax });
  return { ...stored, durability: broker ? 'accepted' : store.durability, broker: held };
}

/** How many events a page may hold: the default when absent, refused outside its range. */
export function pageSize(requested: number, limits: Limits, field: string, max: number): number {
  if (requested === 0) return limits.pageEventsDefault;
  if (Number.isInteger(requested) && requested >= 1 && requested <= max) return requested;
  const description = `must be a whole number from 1 to ${max}, is ${requested}`;
  throw violated('RULE_BROKEN', [{ field, description, limit: max, actual: requested }]);
}
