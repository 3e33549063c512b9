// The client: calls with deadlines, retries under the same ids, one kind of error, whatever the transport.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import {
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
import { OncelogClientError } from './client-error.ts';
import { Backoff, defaultRetryPolicy, type OnRetry, type RetryPolicy, withRetries } from './retry.ts';
import {
  defaultRotation,
  type EventBatches,
  publishStreaming,
  type Rotation,
  type StreamOptions,
  type StreamProgress,
} from './stream-publishing.ts';
import { parseTarget, type Target } from './target.ts';
import type { CallOptions, Wire } from './wire.ts';

/**
 * grpc-js: native gRPC. connect-grpc and connect: the two protocols of connect-node over HTTP/2. rest: POST /publish,
 * and Connect over HTTP/1.1 for the rest.
 */
export type TransportName = 'grpc-js' | 'connect-grpc' | 'connect' | 'rest';

export interface ClientSettings {
  /** "host:port" or "http://host:port". */
  readonly target: string;
  readonly transport?: TransportName | undefined;
  /** For one attempt of one call, and at most what is left of the total of its retries. */
  readonly callTimeoutMs?: number | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  readonly rotation?: Partial<Rotation> | undefined;
}

export interface CallSettings {
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: OnRetry | undefined;
}

export interface EventKey {
  readonly topic: string;
  readonly eventId: string;
  readonly contentView?: ContentView;
}

export type ListQuery = Partial<Omit<ListEventsRequest, '$typeName' | '$unknown' | 'pageToken'>>;

export interface OncelogClient {
  readonly target: Target;
  /** One transaction: one outcome per event, in order. */
  publish(events: readonly Event[], settings?: CallSettings): Promise<PublishResponse>;
  /** Any number of events, with streams that rotate and are resumed. */
  publishStream(batches: EventBatches, options?: StreamOptions): Promise<StreamProgress>;
  /** Undefined when there is no such event. */
  getEvent(request: EventKey, settings?: CallSettings): Promise<StoredEvent | undefined>;
  listEvents(query?: ListQuery, settings?: CallSettings): AsyncGenerator<StoredEvent, void, undefined>;
  listPages(query?: ListQuery, settings?: CallSettings): AsyncGenerator<ListEventsResponse, void, undefined>;
  getStats(settings?: CallSettings): Promise<GetStatsResponse>;
  /** Whether the aggregator takes events now. One attempt only: a probe answers at once. */
  health(settings?: Partial<CallOptions>): Promise<{ readonly ready: boolean }>;
  close(): void;
}

const defaultCallTimeoutMs = 10_000;

/** Loads the transport asked for and no other: a command line client starts in the time of one. */
export async function createOncelogClient(settings: ClientSettings): Promise<OncelogClient> {
  const target = parseTarget(settings.target);
  const wire = await openWire(target, settings.transport ?? 'grpc-js');
  const timeoutMs = settings.callTimeoutMs ?? defaultCallTimeoutMs;
  const retry = { ...defaultRetryPolicy, ...settings.retry };
  const rotation = { ...defaultRotation, ...settings.rotation };
  const service = EventLogService.method;

  const retrying = <T>({ signal, onRetry }: CallSettings, attempt: (options: CallOptions) => Promise<T>) =>
    withRetries(new Backoff(retry, onRetry, performance.now()), signal, (timeLeftMs) =>
      attempt({ timeoutMs: Math.min(timeoutMs, timeLeftMs), signal }),
    );

  function read<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    callSettings: CallSettings = {},
  ): Promise<MessageShape<O>> {
    return retrying(callSettings, (options) => wire.unary(method, input, options)).catch(throwFailedReading);
  }

  async function* listPages(query: ListQuery = {}, callSettings?: CallSettings) {
    let pageToken = '';
    do {
      const page: ListEventsResponse = await read(service.listEvents, { ...query, pageToken }, callSettings);
      yield page;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  return {
    target,
    publish: (events, callSettings = {}) => retrying(callSettings, (options) => wire.publish(events, options)),
    publishStream: (batches, options = {}) => publishStreaming(wire, batches, { retry, rotation, timeoutMs }, options),
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

async function openWire(target: Target, transport: TransportName): Promise<Wire> {
  if (transport === 'grpc-js') return (await import('./grpc-js-wire.ts')).createGrpcJsWire(target);
  if (transport === 'rest') return (await import('./rest-wire.ts')).createRestWire(target);
  const { createConnectWire } = await import('./connect-wire.ts');
  return createConnectWire(target, transport === 'connect' ? 'connect' : 'grpc');
}
