// What consumer groups answer, from the domain's words into the contract's.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { encodeCursor } from '@oncelog/core';
import type { DeadLetterView, Delivery, GroupView, SettleResult } from '@oncelog/delivery';
import {
  type ContentView,
  type DeadLetterSchema,
  type DeliverySchema,
  type GroupSchema,
  SettleResult as Result,
} from '@oncelog/protocol';
import { entryToProto } from './event-to-proto.ts';

const resultOf = {
  done: Result.DONE,
  alreadySettled: Result.ALREADY_SETTLED,
  leaseLost: Result.LEASE_LOST,
} satisfies Record<SettleResult, Result>;

export function resultsToProto(results: readonly SettleResult[]): Result[] {
  return results.map((result) => resultOf[result]);
}

export function groupToProto(group: GroupView, logId: string): MessageInitShape<typeof GroupSchema> {
  const { filter, leaseMs, attemptsMax } = group.settings;
  return {
    name: group.name,
    settings: {
      filter: {
        topics: [...filter.topics],
        topicPrefixes: [...filter.topicPrefixes],
        sources: [...filter.sources],
        attributes: filter.attributes,
      },
      leaseDuration: durationFromMs(leaseMs),
      attemptsMax,
    },
    cursor: group.cursor === 0 ? '' : encodeCursor(logId, group.cursor),
    outstanding: group.outstanding,
    backlog: BigInt(group.backlog),
    deadLetters: BigInt(group.deadLetters),
    createTime: timestampFromMs(group.createdTimeMs),
  };
}

export function deliveryToProto(
  { entry, deliveryId, attempt, leaseExpiryTimeMs }: Delivery,
  logId: string,
  view: ContentView,
): MessageInitShape<typeof DeliverySchema> {
  const leaseExpiryTime = timestampFromMs(leaseExpiryTimeMs);
  return { entry: entryToProto(entry, logId, view), deliveryId, attempt, leaseExpiryTime };
}

export function deadLetterToProto(
  { entry, attempts, reason, deadTimeMs }: DeadLetterView,
  logId: string,
  view: ContentView,
): MessageInitShape<typeof DeadLetterSchema> {
  return { entry: entryToProto(entry, logId, view), attempts, reason, deadTime: timestampFromMs(deadTimeMs) };
}
