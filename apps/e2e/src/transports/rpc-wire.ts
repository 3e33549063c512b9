// The EventLogService through any RPC stack: requests and answers are the contract's own.
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  EventLogService,
  type ListEventsRequestSchema,
  type LogEntry,
  Order,
  type PublishSessionResponse,
  StartPosition,
  type SubscribeRequestSchema,
  type SubscribeResponse,
} from '@oncelog/protocol';
import type {
  EventInit,
  EventLogWire,
  Heard,
  HeardEntry,
  ListQuery,
  SessionAnswer,
  SubscribeQuery,
} from './event-log-wire.ts';
import { statusFailure } from './wire-failure.ts';

const { publish, publishStream, publishSession, subscribe, checkEvents, getEvent, listEvents, getStats } =
  EventLogService.method;

/** One call of each kind; rejections are WireFailures. */
export interface RpcStack {
  publish(input: MessageInitShape<typeof publish.input>): Promise<MessageShape<typeof publish.output>>;
  publishStream(
    inputs: AsyncIterable<MessageInitShape<typeof publishStream.input>>,
  ): Promise<MessageShape<typeof publishStream.output>>;
  publishSession(
    inputs: AsyncIterable<MessageInitShape<typeof publishSession.input>>,
    signal: AbortSignal,
  ): AsyncIterable<MessageShape<typeof publishSession.output>>;
  subscribe(
    input: MessageInitShape<typeof subscribe.input>,
    signal: AbortSignal,
  ): AsyncIterable<MessageShape<typeof subscribe.output>>;
  checkEvents(input: MessageInitShape<typeof checkEvents.input>): Promise<MessageShape<typeof checkEvents.output>>;
  getEvent(input: MessageInitShape<typeof getEvent.input>): Promise<MessageShape<typeof getEvent.output>>;
  listEvents(input: MessageInitShape<typeof listEvents.input>): Promise<MessageShape<typeof listEvents.output>>;
  getStats(input: MessageInitShape<typeof getStats.input>): Promise<MessageShape<typeof getStats.output>>;
  close(): void;
}

/** What a transport can send beside single messages. */
export interface Sends {
  readonly streams: boolean;
  /** Streams that are answered while they are sent. */
  readonly sessions: boolean;
}

export function createRpcWire(stack: RpcStack, { streams, sessions }: Sends): EventLogWire {
  const publishStreamOver = async (batches: AsyncIterable<readonly EventInit[]>) =>
    (await stack.publishStream(requestsOf(batches))).summary!;
  const publishSessionOver = (messages: AsyncIterable<readonly EventInit[]>) =>
    untilLeft((leaving) => stack.publishSession(requestsOf(messages), leaving), sessionAnswer);
  return {
    async publish(events) {
      const { outcomes, summary } = await stack.publish({ events: [...events] });
      return { outcomes, summary: summary! };
    },
    ...(streams && { publishStream: publishStreamOver }),
    ...(sessions && { publishSession: publishSessionOver }),
    subscribe: (query, signal) =>
      untilLeft((leaving) => stack.subscribe(subscribeRequestOf(query), anyOf(leaving, signal)), heard),
    async check(events, { keysOnly = false } = {}) {
      return (await stack.checkEvents({ events: [...events], keysOnly })).events;
    },
    async getEvent(topic, eventId, contentView = 0) {
      return (await stack.getEvent({ topic, eventId, contentView })).event!;
    },
    async list(query) {
      const { events, nextPageToken, resumeCursor, topicSize } = await stack.listEvents(requestOf(query));
      const next = nextPageToken === '' ? undefined : { ...query, pageToken: nextPageToken };
      return { events, next, resumeCursor, topicSize: query.topic ? Number(topicSize) : undefined };
    },
    stats: () => stack.getStats({}),
    close: () => stack.close(),
  };
}

/** Leaving the loop ends the call. */
async function* untilLeft<Response, Told>(
  call: (leaving: AbortSignal) => AsyncIterable<Response>,
  tell: (response: Response) => Told,
): AsyncGenerator<Told, void, undefined> {
  const leaving = new AbortController();
  try {
    for await (const response of call(leaving.signal)) yield tell(response);
  } finally {
    leaving.abort();
  }
}

function anyOf(leaving: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal ? AbortSignal.any([signal, leaving]) : leaving;
}

function requestOf(query: ListQuery): MessageInitShape<typeof ListEventsRequestSchema> {
  const { sinceMs, untilMs, descending = false, ...rest } = query;
  return {
    ...rest,
    ...(sinceMs !== undefined && { since: timestampFromMs(sinceMs) }),
    ...(untilMs !== undefined && { until: timestampFromMs(untilMs) }),
    order: descending ? Order.DESCENDING : Order.UNSPECIFIED,
  };
}

function subscribeRequestOf(query: SubscribeQuery): MessageInitShape<typeof SubscribeRequestSchema> {
  const { topics = [], topicPrefixes = [], sources = [], attributes = {}, heartbeatSeconds } = query;
  return {
    filter: { topics, topicPrefixes, sources, attributes },
    after: query.after ?? '',
    start: query.fromNow ? StartPosition.NOW : StartPosition.UNSPECIFIED,
    endWhenCaughtUp: query.endWhenCaughtUp ?? false,
    ...(heartbeatSeconds !== undefined && { heartbeatInterval: durationFromMs(heartbeatSeconds * 1000) }),
  };
}

function sessionAnswer({ outcomes, summary, failure, windowEvents }: PublishSessionResponse): SessionAnswer {
  return { outcomes, summary, failure: failure && statusFailure(failure).facts, windowEvents };
}

function heard({ message }: SubscribeResponse): Heard {
  if (message.case === undefined) throw new Error('a response without a message');
  const { cursor } = message.value;
  const entries = message.case === 'batch' ? message.value.entries.map(heardEntry) : [];
  return { kind: message.case, entries, cursor };
}

function heardEntry({ entry }: LogEntry): HeardEntry {
  if (entry.case === undefined) throw new Error('an entry without an event');
  if (entry.case === 'erased') {
    const { topic, eventId, position } = entry.value;
    return { topic, eventId, position: Number(position) };
  }
  const { topic, eventId } = entry.value.event!;
  return { topic, eventId, position: Number(entry.value.position), event: entry.value };
}

async function* requestsOf(batches: AsyncIterable<readonly EventInit[]>) {
  for await (const events of batches) yield { events: [...events] };
}
