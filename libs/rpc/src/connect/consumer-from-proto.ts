// What consumer groups are asked for, from the contract's words into the domain's.
import { decodeCursor, violated } from '@oncelog/core';
import type { CreateGroupRequest, SeekTarget } from '@oncelog/delivery';
import {
  type CreateGroupRequest as CreateGroupMessage,
  type SeekGroupRequest,
  StartPositionSchema,
} from '@oncelog/protocol';
import { assertNamed } from './assert-named.ts';
import { filterFromProto, startFromProto } from './filter-from-proto.ts';
import { boundMs, spanMs } from './time-from-proto.ts';

export function newGroupFromProto({ name, settings, after, start }: CreateGroupMessage, logId: string) {
  assertNamed(StartPositionSchema, start, 'start');
  const request: CreateGroupRequest = {
    name,
    filter: filterFromProto(settings?.filter),
    leaseMs: spanMs(settings?.leaseDuration, 'settings.lease_duration'),
    attemptsMax: amountFromProto(settings?.attemptsMax ?? 0),
    after: after === '' ? undefined : decodeCursor(logId, after, 'after'),
    start: startFromProto(start),
  };
  return request;
}

/** A group that stands before the first event has an empty cursor, which leads back there. */
export function seekTargetFromProto({ target }: SeekGroupRequest, logId: string): SeekTarget {
  switch (target.case) {
    case 'after':
      return { after: target.value === '' ? 0 : decodeCursor(logId, target.value, 'after') };
    case 'since':
      return { sinceMs: boundMs(target.value, 'since') };
    case 'start':
      assertNamed(StartPositionSchema, target.value, 'start');
      return { start: startFromProto(target.value) ?? 'beginning' };
    case undefined:
      throw violated('RULE_BROKEN', [
        { field: 'target', description: 'is required: say where to, with `after`, `since` or `start`' },
      ]);
  }
}

/** 0 stands for the default. */
export function amountFromProto(amount: number): number | undefined {
  return amount === 0 ? undefined : amount;
}
