// The EventLogService through any RPC stack: requests and answers are the contract's own.
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { EventLogService, type ListEventsRequestSchema, Order } from '@oncelog/protocol';
import type { EventInit, EventLogWire, ListQuery } from './event-log-wire.ts';

const { publish, publishStream, getEvent, listEvents, getStats } = EventLogService.method;

/** One call of each kind; rejections are WireFailures. */
export interface RpcStack {
  publish(input: MessageInitShape<typeof publish.input>): Promise<MessageShape<typeof publish.output>>;
  publishStream(
    inputs: AsyncIterable<MessageInitShape<typeof publishStream.input>>,
  ): Promise<MessageShape<typeof publishStream.output>>;
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

async function* requestsOf(batches: AsyncIterable<readonly EventInit[]>) {
  for await (const events of batches) yield { events: [...events] };
}
