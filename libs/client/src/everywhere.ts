// What the library offers in Node and in browsers alike, and the types of the contract that it meets.
export { OncelogClientError, refused, type ClientErrorCode, type Violation } from './failures/client-error.ts';
export { type EventDraft, newEvent } from './events/event-draft.ts';
export type { DeadEntry, DeadEntryQuery } from './broker/dead-entries.ts';
export type { ConsumeOptions, Handler, Handling } from './groups/consumer.ts';
export type {
  ConsumerGroups,
  DeadLetter,
  DeadLetterQuery,
  Group,
  NewGroup,
  SeekTarget,
} from './groups/consumer-group.ts';
export type { PullOptions } from './groups/consuming.ts';
export type { Deliveries, DeliveriesOptions } from './groups/deliveries.ts';
export type { Delivery, RejectOptions, SettleResult } from './groups/delivery.ts';
export { logEntryToJson } from './events/entry-to-json.ts';
export type { FilterOptions } from './events/event-filter.ts';
export type { EventPublisher, PublisherOptions } from './publishing/event-publisher.ts';
export {
  type EventDefaults,
  eventFromJson,
  eventsFromJson,
  jsonContent,
  jsonObjectText,
  jsonType,
  timestampFromText,
} from './events/event-from-json.ts';
export { eventToJson, eventsToJson, storedEventToJson } from './events/event-to-json.ts';
export { failureOf, failureTable, type FailureCode } from './failures/failure-table.ts';
export type { ErasedEntry, EventEntry, LogEntry } from './events/log-entry.ts';
export type {
  CallingSettings,
  CallSettings,
  CheckSettings,
  EventKey,
  ListQuery,
  OncelogClient,
} from './oncelog-client.ts';
export { addSummary, noCounts, type PublishCounts } from './publishing/publish-counts.ts';
export { waitUntilReady, type ReadinessOptions } from './calls/readiness.ts';
export { refusedEvents } from './publishing/refused-events.ts';
export { rejectDelayMs } from './groups/rejection.ts';
export { defaultRetryPolicy, type OnRetry, type RetryPolicy } from './calls/retry.ts';
export type { PublishSessionOptions, SessionProgress } from './publishing/session-publishing.ts';
export {
  defaultRotation,
  type EventBatches,
  type StreamOptions,
  type StreamProgress,
} from './publishing/stream-publishing.ts';
export type { SubscribeOptions, Subscription } from './reading/subscription.ts';
export { defaultTarget, parseTarget, parseTargets, type Target } from './wires/target.ts';
export { uuidV7 } from './events/uuid-v7.ts';
export { create, type MessageInitShape } from '@bufbuild/protobuf';
export { type Timestamp, timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
export {
  type BrokerStats,
  type CheckedEvent,
  CheckStatus,
  CheckStatusSchema,
  ContentView,
  type Counters,
  type Event,
  EventSchema,
  type GetStatsResponse,
  type ListEventsResponse,
  type NamedCounters,
  Order,
  type Outcome,
  OutcomeStatus,
  OutcomeStatusSchema,
  type PublishResponse,
  type StoredEvent,
} from '@oncelog/protocol';
