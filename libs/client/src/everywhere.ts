// What the library offers in Node and in browsers alike, and the types of the contract that it meets.
export { OncelogClientError, refused, type ClientErrorCode, type Violation } from './client-error.ts';
export { type EventDraft, newEvent } from './event-draft.ts';
export type { ConsumeOptions, Handler, Handling } from './consumer.ts';
export type { ConsumerGroups, DeadLetter, DeadLetterQuery, Group, NewGroup, SeekTarget } from './consumer-group.ts';
export type { PullOptions } from './consuming.ts';
export type { Deliveries, DeliveriesOptions } from './deliveries.ts';
export type { Delivery, RejectOptions, SettleResult } from './delivery.ts';
export { logEntryToJson } from './entry-to-json.ts';
export type { FilterOptions } from './event-filter.ts';
export type { EventPublisher, PublisherOptions } from './event-publisher.ts';
export {
  type EventDefaults,
  eventFromJson,
  eventsFromJson,
  jsonContent,
  jsonObjectText,
  jsonType,
  timestampFromText,
} from './event-from-json.ts';
export { eventToJson, eventsToJson, storedEventToJson } from './event-to-json.ts';
export { failureOf, failureTable, type FailureCode } from './failure-table.ts';
export type { ErasedEntry, EventEntry, LogEntry } from './log-entry.ts';
export type { CallingSettings, CallSettings, EventKey, ListQuery, OncelogClient } from './oncelog-client.ts';
export { addSummary, noCounts, type PublishCounts } from './publish-counts.ts';
export { waitUntilReady, type ReadinessOptions } from './readiness.ts';
export { refusedEvents } from './refused-events.ts';
export { rejectDelayMs } from './rejection.ts';
export { defaultRetryPolicy, type OnRetry, type RetryPolicy } from './retry.ts';
export type { PublishSessionOptions, SessionProgress } from './session-publishing.ts';
export { defaultRotation, type EventBatches, type StreamOptions, type StreamProgress } from './stream-publishing.ts';
export type { SubscribeOptions, Subscription } from './subscription.ts';
export { defaultTarget, parseTarget, type Target } from './target.ts';
export { uuidV7 } from './uuid-v7.ts';
export { create, type MessageInitShape } from '@bufbuild/protobuf';
export { type Timestamp, timestampDate, timestampFromMs } from '@bufbuild/protobuf/wkt';
export {
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
