// The EventLogService through any RPC stack: requests and answers are the contract's own.
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  EventLogService,
  type ListEventsRequestSchema,
  type LogEntry,
  Order,
  StartPosition,
  type SubscribeRequestSchema,
  type SubscribeResponse,
} from '@oncelog/protocol';
import type { EventInit, EventLogWire, Heard, HeardEntry, ListQuery, SubscribeQuery } from './event-log-wire.ts';

const { publish, publishStream, subscribe, getEvent, listEvents, getStats } = EventLogService.method;

/** One call of each kind; rejections are WireFailures. */
export interface RpcStack {
  publish(input: MessageInitShape<typeof publish.input>): Promise<MessageShape<typeof publish.output>>;
  publishStream(
    inputs: AsyncIterable<MessageInitShape<typeof publishStream.input>>,
  ): Promise<MessageShape<typeof publishStream.output>>;
  subscribe(
    input: MessageInitShape<typeof subscribe.input>,
    signal: AbortSignal,
  ): AsyncIterable<MessageShape<typeof subscribe.output>>;
  getEvent(input: MessageInitShape<typeof getEvent.input>): Promise<MessageShape<typeof getEvent.output>>;
  listEvents(input: MessageInitShape<typeof listEvents.input>): Promise<MessageShape<typeof listEvents.output>>;
  getStats(input: MessageInitShape<typeof getStats.input>): Promise<MessageShape<typeof getStats.output>>;
  close(): void;
}

export function createRpcWire(stack: RpcStack, { streams }: { streams: boolean }): EventLogWire {
  const publishStreamOver = async (batches: AsyncIterable<readonly EventInit[]>) =>
    (await stack.publishStream(requestsOf(batches))).summary!;
  return {
    async publish(events) {
      const { outcomes, summary } = await stack.publish({ events: [...events] });
      return { outcomes, summary: summary! };
    },
    ...(streams && { publishStream: publishStreamOver }),
    async *subscribe(query, signal) {
      const leaving = new AbortController();
      const anySignal = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
      try {
        for await (const response of stack.subscribe(subscribeRequestOf(query), anySignal)) yield heard(response);
      } finally {
        leaving.abort();
      }
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
