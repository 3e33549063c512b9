// Everything a client of the log needs, and the types of the contract it meets.
export { OncelogClientError, refused, type ClientErrorCode, type Violation } from './client-error.ts';
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
export {
  createOncelogClient,
  type CallSettings,
  type ClientSettings,
  type EventKey,
  type ListQuery,
  type OncelogClient,
  type TransportName,
} from './oncelog-client.ts';
export { addSummary, noCounts, type PublishCounts } from './publish-counts.ts';
export { waitUntilReady, type ReadinessOptions } from './readiness.ts';
export { defaultRetryPolicy, type OnRetry, type RetryPolicy } from './retry.ts';
export { defaultRotation, type EventBatches, type StreamOptions, type StreamProgress } from './stream-publishing.ts';
export { defaultTarget, parseTarget, type Target } from './target.ts';
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
