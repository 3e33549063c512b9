// The EventLogService over gRPC, gRPC-Web and Connect.
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { type Counters, type NewEvent, summarize } from '@oncelog/core';
import {
  type CheckEventsRequest,
  ContentViewSchema,
  type EventLogService,
  type ListEventsRequest,
  Order,
  OrderSchema,
  type PublishRequest,
  type PublishStreamRequest,
} from '@oncelog/protocol';
import { checkEvents } from '../handlers/check-events.ts';
import { type EventLog, getEvent, getStats, pageSize } from '../handlers/event-log.ts';
import { type ListFilter, listEvents } from '../handlers/list-events.ts';
import { noEvents, publish } from '../handlers/publish.ts';
import { publishStream } from '../handlers/publish-stream.ts';
import { assertNamed } from './assert-named.ts';
import { checkedToProto } from './checked-to-proto.ts';
import { eventsFromProto } from './event-from-proto.ts';
import { brokerStatsToProto } from './broker-to-proto.ts';
import { eventToProto } from './event-to-proto.ts';
import { outcomeToProto, summaryToProto } from './outcome-to-proto.ts';
import { publishSessionRoute } from './publish-session-route.ts';
import { subscribeRoute } from './subscribe-route.ts';
import { boundMs } from './time-from-proto.ts';

export function eventLogRoutes(log: EventLog): ServiceImpl<typeof EventLogService> {
  const { store, ingest, limits, state } = log;
  const eventsMax = limits.requestEventsMax;
  const eventsOf = ({ events }: PublishRequest | PublishStreamRequest | CheckEventsRequest) =>
    eventsFromProto(events, limits.jsonDepthMax);

  return {
    async publish(request) {
      const outcomes = await publish(log, eventsOf(request));
      return { outcomes: outcomes.map(outcomeToProto), summary: summaryToProto(summarize(outcomes)) };
    },

    async publishStream(requests, { signal }) {
      const summary = await publishStream(ingest, decoded(requests, eventsOf), { eventsMax, signal });
      return { summary: summaryToProto(summary) };
    },

    publishSession: (requests, context) => publishSessionRoute(log, requests, context),

    subscribe: (request, context) => subscribeRoute(log, request, context),

    async getEvent({ topic, eventId, contentView }) {
      assertNamed(ContentViewSchema, contentView, 'content_view');
      return { event: eventToProto(await getEvent(log, topic, eventId), store.logId, contentView) };
    },

    async checkEvents(request) {
      const events = eventsOf(request);
      if (events.length === 0) throw noEvents();
      const checked = await checkEvents(log, events, { eventsMax, keysOnly: request.keysOnly });
      return { events: checked.map(checkedToProto) };
    },

    async listEvents(request) {
      assertNamed(ContentViewSchema, request.contentView, 'content_view');
      const { events, topicSize, nextPageToken, resumeCursor } = await listEvents(log, filterOf(request), {
        pageToken: request.pageToken,
        eventsMax: pageSize(request.pageSize, limits, 'page_size', limits.pageEventsMax),
      });
      return {
        events: events.map((event) => eventToProto(event, store.logId, request.contentView)),
        nextPageToken,
        resumeCursor,
        topicSize: BigInt(topicSize ?? 0),
      };
    },

    async getStats() {
      const stats = await getStats(log);
      return {
        counters: countersToProto(stats),
        topics: stats.topics.map((topic) => ({ name: topic.name, counters: countersToProto(topic) })),
        topicCount: BigInt(stats.topicCount),
        sources: stats.sources.map((source) => ({ name: source.name, counters: countersToProto(source) })),
        sourceCount: BigInt(stats.sourceCount),
        refusedRequests: BigInt(state.refusedRequests),
        startTime: timestampFromMs(state.startTimeMs),
        uptime: durationFromMs(Date.now() - state.startTimeMs),
        durability: stats.durability,
        store: store.kind,
        logId: store.logId,
        lastPosition: BigInt(stats.lastPosition),
        version: state.version,
        subscribers: BigInt(log.subscriptions.count),
        ...(stats.broker && { broker: brokerStatsToProto(stats.broker) }),
      };
    },
  };
}

async function* decoded(
  requests: AsyncIterable<PublishStreamRequest>,
  eventsOf: (request: PublishStreamRequest) => NewEvent[],
): AsyncIterable<NewEvent[]> {
  for await (const request of requests) yield eventsOf(request);
}

function filterOf({ topic, source, since, until, order, after }: ListEventsRequest): ListFilter {
  assertNamed(OrderSchema, order, 'order');
  return {
    topic,
    source,
    sinceMs: since && boundMs(since, 'since'),
    untilMs: until && boundMs(until, 'until'),
    order: order === Order.DESCENDING ? 'descending' : 'ascending',
    after,
  };
}

function countersToProto({ received, stored, duplicates, conflicts }: Counters) {
  return {
    received: BigInt(received),
    stored: BigInt(stored),
    duplicates: BigInt(duplicates),
    conflicts: BigInt(conflicts),
  };
}
