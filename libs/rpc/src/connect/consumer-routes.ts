// The ConsumerService over gRPC, gRPC-Web and Connect.
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import { decodePageToken, encodePageToken } from '@oncelog/core';
import type { Delivery } from '@oncelog/delivery';
import { type ConsumerService, type ContentView, ContentViewSchema } from '@oncelog/protocol';
import { hasLeft } from '../failures/has-left.ts';
import type { EventLog } from '../handlers/event-log.ts';
import { assertNamed } from './assert-named.ts';
import { amountFromProto, newGroupFromProto, seekTargetFromProto } from './consumer-from-proto.ts';
import { deadLetterToProto, deliveryToProto, groupToProto, resultsToProto } from './consumer-to-proto.ts';
import { spanMs } from './time-from-proto.ts';

export type ConsumerLog = Pick<EventLog, 'store' | 'consumers'>;

export function consumerRoutes({ consumers, store }: ConsumerLog): ServiceImpl<typeof ConsumerService> {
  const { logId } = store;
  const deliveriesToProto = (deliveries: readonly Delivery[], view: ContentView) =>
    deliveries.map((delivery) => deliveryToProto(delivery, logId, view));

  return {
    async createGroup(request) {
      const { group, created } = await consumers.createGroup(newGroupFromProto(request, logId));
      return { group: groupToProto(group, logId), created };
    },

    async getGroup({ name }) {
      return { group: groupToProto(await consumers.getGroup(name), logId) };
    },

    async listGroups() {
      return { groups: (await consumers.listGroups()).map((group) => groupToProto(group, logId)) };
    },

    async deleteGroup({ name }) {
      return { deleted: await consumers.deleteGroup(name) };
    },

    async pull({ group, member, eventsMax, wait, contentView }, { signal }) {
      assertNamed(ContentViewSchema, contentView, 'content_view');
      const waitMs = spanMs(wait, 'wait') ?? 0;
      const request = { group, member, eventsMax: amountFromProto(eventsMax), waitMs };
      return { deliveries: deliveriesToProto(await consumers.pull(request, signal), contentView) };
    },

    async *streamingPull({ group, member, windowEvents, contentView }, { signal }) {
      assertNamed(ContentViewSchema, contentView, 'content_view');
      const request = { group, member, windowEvents: amountFromProto(windowEvents) };
      try {
        for await (const deliveries of consumers.stream(request, signal)) {
          yield { deliveries: deliveriesToProto(deliveries, contentView) };
        }
      } catch (error) {
        // A client that has left is told nothing, and is no failure.
        if (error !== signal.reason || !hasLeft(error)) throw error;
      }
    },

    async acknowledge({ group, deliveryIds }) {
      return { results: resultsToProto(await consumers.acknowledge(group, deliveryIds)) };
    },

    async reject({ group, deliveryIds, delay, reason }) {
      const options = { delayMs: spanMs(delay, 'delay') ?? 0, reason };
      return { results: resultsToProto(await consumers.reject(group, deliveryIds, options)) };
    },

    async extendLease({ group, deliveryIds, leaseDuration }) {
      const leaseMs = spanMs(leaseDuration, 'lease_duration');
      const { results, leaseExpiryTimeMs } = await consumers.extendLease(group, deliveryIds, leaseMs);
      return { results: resultsToProto(results), leaseExpiryTime: timestampFromMs(leaseExpiryTimeMs) };
    },

    async seekGroup(request) {
      const group = await consumers.seek(request.group, seekTargetFromProto(request, logId));
      return { group: groupToProto(group, logId) };
    },

    async listDeadLetters({ group, pageSize, pageToken, contentView }) {
      assertNamed(ContentViewSchema, contentView, 'content_view');
      const listing = `dead letters of ${group}`;
      const place = pageToken === '' ? undefined : decodePageToken(logId, listing, pageToken, 'page_token');
      const query = { after: place?.position ?? 0, lettersMax: amountFromProto(pageSize) };
      const { deadLetters, nextAfter } = await consumers.deadLetters(group, query);
      return {
        deadLetters: deadLetters.map((letter) => deadLetterToProto(letter, logId, contentView)),
        nextPageToken:
          nextAfter === undefined ? '' : encodePageToken(logId, listing, { position: nextAfter, top: nextAfter }),
      };
    },

    async replayDeadLetters({ group, positions }) {
      return { replayed: BigInt(await consumers.replay(group, positions.map(Number))) };
    },

    async deleteDeadLetters({ group, positions }) {
      return { deleted: BigInt(await consumers.deleteDeadLetters(group, positions.map(Number))) };
    },
  };
}
