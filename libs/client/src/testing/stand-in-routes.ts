// The stand-in behind the services of the contract: all that reads and delivers. Publishing differs by who serves it.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type ConsumerService,
  type EventLogService,
  GetStatsResponseSchema,
  type ListDeadLettersRequest,
  type ListDeadLettersResponseSchema,
} from '@oncelog/protocol';
import type { StandInGroups } from './stand-in-groups.ts';
import { type StandInLog, storedAs } from './stand-in-log.ts';
import { answered, answeredStream, asAnswer, Refusal } from './stand-in-refusal.ts';
import type { StandInSubscriptions } from './stand-in-subscriptions.ts';

const pageSizeDefault = 100;

type Reading = Pick<
  ServiceImpl<typeof EventLogService>,
  'checkEvents' | 'getEvent' | 'listEvents' | 'getStats' | 'subscribe'
>;

export function readingRoutes(log: StandInLog, subscriptions: StandInSubscriptions): Reading {
  return {
    checkEvents: ({ events, keysOnly }) => answered(() => ({ events: log.check(events, keysOnly) })),
    getEvent: ({ topic, eventId, contentView }) =>
      answered(() => {
        const event = log.get(topic, eventId);
        if (!event) throw new Refusal({ code: 'NOT_FOUND', message: 'no such event' });
        return { event: storedAs(event, contentView) };
      }),
    listEvents: (request) => answered(() => log.list(request)),
    getStats: () => create(GetStatsResponseSchema, { ...log.stats(), subscribers: BigInt(subscriptions.open) }),
    subscribe: (request, { signal }) => answeredStream(subscriptions.read(request, signal)),
  };
}

export function consumerRoutes(groups: StandInGroups): ServiceImpl<typeof ConsumerService> {
  return {
    createGroup: (request) =>
      answered(() => {
        const { group, created } = groups.create(request);
        return { group: group.describe(), created };
      }),
    getGroup: ({ name }) => answered(() => ({ group: groups.get(name).describe() })),
    listGroups: () => ({ groups: groups.list().map((group) => group.describe()) }),
    deleteGroup: ({ name }) => ({ deleted: groups.delete(name) }),
    async pull(request, { signal }) {
      try {
        return { deliveries: await groups.pull(request, signal) };
      } catch (error) {
        throw asAnswer(error);
      }
    },
    async *streamingPull(request, { signal }) {
      for await (const deliveries of answeredStream(groups.stream(request, signal))) yield { deliveries };
    },
    acknowledge: ({ group: name, deliveryIds }) =>
      answered(() => {
        const group = groups.get(name);
        const results = deliveryIds.map((id, index) => group.acknowledge(id, index));
        groups.wake();
        return { results };
      }),
    reject: ({ group: name, deliveryIds, delay, reason }) =>
      answered(() => {
        const group = groups.get(name);
        const delayMs = delay ? durationMs(delay) : 0;
        const results = deliveryIds.map((id, index) => group.reject(id, index, delayMs, reason));
        groups.wake();
        return { results };
      }),
    extendLease: ({ group: name, deliveryIds, leaseDuration }) =>
      answered(() => {
        const group = groups.get(name);
        const leaseMs = leaseDuration ? durationMs(leaseDuration) : group.leaseMs;
        const results = deliveryIds.map((id, index) => group.extend(id, index, leaseMs));
        return { results, leaseExpiryTime: timestampFromMs(Date.now() + leaseMs) };
      }),
    seekGroup: (request) => answered(() => ({ group: groups.seek(request).describe() })),
    listDeadLetters: (request) => answered(() => listDeadLetters(groups, request)),
    replayDeadLetters: ({ group: name, positions }) =>
      answered(() => {
        const group = groups.get(name);
        const replayed = group.replay(positions.length > 0 ? positions.map(Number) : [...group.dead.keys()]);
        groups.wake();
        return { replayed: BigInt(replayed) };
      }),
    deleteDeadLetters: ({ group: name, positions }) =>
      answered(() => {
        const { dead } = groups.get(name);
        const asked = positions.length > 0 ? positions.map(Number) : [...dead.keys()];
        return { deleted: BigInt(asked.filter((position) => dead.delete(position)).length) };
      }),
  };
}

function listDeadLetters(
  groups: StandInGroups,
  { group: name, pageSize, pageToken, contentView }: ListDeadLettersRequest,
): MessageInitShape<typeof ListDeadLettersResponseSchema> {
  const group = groups.get(name);
  const positions = [...group.dead.keys()].filter((position) => position > Number(pageToken)).toSorted((a, b) => a - b);
  const page = positions.slice(0, pageSize || pageSizeDefault);
  return {
    deadLetters: page.map((position) => group.deadLetter(position, contentView)),
    nextPageToken: page.length < positions.length ? String(page.at(-1)) : '',
  };
}
