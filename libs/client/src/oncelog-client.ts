// The client: calls with deadlines, retries under the same ids, one kind of error, whatever the transport.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
  type CheckedEvent,
  type ContentView,
  type Event,
  EventLogService,
  type GetStatsResponse,
  Health,
  HealthCheckResponse_ServingStatus,
  type ListEventsRequest,
  type ListEventsResponse,
  type PublishResponse,
  type StoredEvent,
} from '@oncelog/protocol';
import { createDeadEntryCalls, type DeadEntryCalls } from './broker/dead-entries.ts';
import { OncelogClientError } from './failures/client-error.ts';
import { EventPublisher, type PublisherOptions } from './publishing/event-publisher.ts';
import type { Call } from './calls/call.ts';
import { type Consuming, createConsuming } from './groups/consuming.ts';
import { Backoff, defaultRetryPolicy, type OnRetry, type RetryPolicy, withRetries } from './calls/retry.ts';
import {
  publishBySessions,
  type PublishSessionOptions,
  type SessionProgress,
} from './publishing/session-publishing.ts';
import {
  defaultRotation,
  type EventBatches,
  publishStreaming,
  type Rotation,
  type StreamOptions,
  type StreamProgress,
} from './publishing/stream-publishing.ts';
import { type SubscribeOptions, Subscription } from './reading/subscription.ts';
import type { Target } from './wires/target.ts';
import type { CallOptions, Wire } from './wires/wire.ts';

export interface CallingSettings {
  /** For one attempt of one call, and at most what is left of the total of its retries. */
  readonly callTimeoutMs?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly rotation?: Partial<Rotation> | undefined;
}

export interface CallSettings {
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: OnRetry | undefined;
}

export interface CheckSettings extends CallSettings {
  /** Contents are not compared: whatever is stored under a key is a DUPLICATE. */
  readonly keysOnly?: boolean | undefined;
}

export interface EventKey {
  readonly topic: string;
  readonly eventId: string;
  readonly contentView?: ContentView;
}

export type ListQuery = Partial<Omit<ListEventsRequest, '$typeName' | '$unknown' | 'pageToken'>>;

export interface OncelogClient extends Consuming, DeadEntryCalls {
  /** The addresses of the log. */
  readonly targets: readonly Target[];
  /** One transaction: one outcome per event, in order. */
  publish(events: readonly Event[], settings?: CallSettings): Promise<PublishResponse>;
  /** Any number of batches, each of 1 to 1,000 events and with an answer of its own: what is answered is forgotten. */
  publishSession(batches: EventBatches, options?: PublishSessionOptions): Promise<SessionProgress>;
  /** For events one by one, which it gathers into batches; close it to end the session that it keeps open. */
  openPublisher(options?: PublisherOptions): EventPublisher;
  /** Any number of events, with streams that rotate and are resumed. */
  publishStream(batches: EventBatches, options?: StreamOptions): Promise<StreamProgress>;
  /** What would become of 1 to 1,000 events if they were published now, each by itself, in order; nothing is stored. */
  check(events: readonly Event[], settings?: CheckSettings): Promise<CheckedEvent[]>;
  /** Undefined when there is no such event. */
  getEvent(request: EventKey, settings?: CallSettings): Promise<StoredEvent | undefined>;
  listEvents(query?: ListQuery, settings?: CallSettings): AsyncGenerator<StoredEvent, void, undefined>;
  listPages(query?: ListQuery, settings?: CallSettings): AsyncGenerator<ListEventsResponse, void, undefined>;
  /** Entries in order, from the past into the present, over every break of the connection: without gap or repeat. */
  subscribe(options?: SubscribeOptions): Subscription;
  getStats(settings?: CallSettings): Promise<GetStatsResponse>;
  /** Whether the aggregator takes events now. One attempt only: a probe answers at once. */
  health(settings?: Partial<CallOptions>): Promise<{ readonly ready: boolean }>;
  close(): void;
}

const defaultCallTimeoutMs = 10_000;

export function clientOverWire(targets: readonly Target[], wire: Wire, settings: CallingSettings = {}): OncelogClient {
  const timeoutMs = settings.callTimeoutMs ?? defaultCallTimeoutMs;
  const retry = { ...defaultRetryPolicy, ...settings.retry };
  const rotation = { ...defaultRotation, ...settings.rotation };
  const service = EventLogService.method;

  const retrying = <T>({ signal, onRetry }: CallSettings, attempt: (options: CallOptions) => Promise<T>) =>
    withRetries(new Backoff(retry, onRetry, performance.now()), signal, (timeLeftMs) =>
      attempt({ timeoutMs: Math.min(timeoutMs, timeLeftMs), signal }),
    );

  const call: Call = (method, input, callSettings = {}, waitMs = 0) =>
    retrying(callSettings, (options) =>
      wire.unary(method, input, { ...options, timeoutMs: options.timeoutMs + waitMs }),
    );

  function read<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    callSettings: CallSettings = {},
  ): Promise<MessageShape<O>> {
    return call(method, input, callSettings).catch(throwFailedReading);
  }

  async function* listPages(query: ListQuery = {}, callSettings?: CallSettings) {
    let pageToken = '';
    do {
      const page: ListEventsResponse = await read(service.listEvents, { ...query, pageToken }, callSettings);
      yield page;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  const publishSession: OncelogClient['publishSession'] = (batches, options = {}) =>
    publishBySessions(wire, batches, { retry, timeoutMs }, options);

  return {
    targets,
    publish: (events, callSettings = {}) => retrying(callSettings, (options) => wire.publish(events, options)),
    publishSession,
    openPublisher: (options) => new EventPublisher(publishSession, options),
    publishStream: (batches, options = {}) => publishStreaming(wire, batches, { retry, rotation, timeoutMs }, options),
    async check(events, { keysOnly = false, ...callSettings } = {}) {
      return (await read(service.checkEvents, { events: events as Event[], keysOnly }, callSettings)).events;
    },
    async getEvent(request, callSettings) {
      try {
        return (await read(service.getEvent, request, callSettings)).event;
      } catch (error) {
        if (error instanceof OncelogClientError && error.code === 'NOT_FOUND') return undefined;
        throw error;
      }
    },
    async *listEvents(query, callSettings) {
      for await (const page of listPages(query, callSettings)) yield* page.events;
    },
    listPages,
    ...createConsuming(wire, call, retry),
    ...createDeadEntryCalls(call),
    subscribe: (options = {}) => new Subscription(wire, options, retry),
    getStats: (callSettings) => read(service.getStats, {}, callSettings),
    async health({ signal, timeoutMs: probeMs = timeoutMs } = {}) {
      const options = { timeoutMs: Math.min(timeoutMs, probeMs), signal };
      const { status } = await wire.unary(Health.method.check, {}, options).catch(throwFailedReading);
      return { ready: status === HealthCheckResponse_ServingStatus.SERVING };
    },
    close: () => wire.close(),
  };
}

/** However a call fails that only reads, nothing is stored by it. */
function throwFailedReading(failure: unknown): never {
  throw failure instanceof OncelogClientError ? failure.with({ outcome: 'none' }) : failure;
}
