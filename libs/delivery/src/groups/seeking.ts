// Where a group begins, and where it is sent.
import { type EventStore, violated } from '@oncelog/core';
import type { GroupStart, SeekTarget } from './group-types.ts';
import { headOf } from '../log-head.ts';
import { lastPositionBefore } from './log-places.ts';

export async function startPosition(
  store: EventStore,
  after: number | undefined,
  start: GroupStart | undefined,
): Promise<number> {
  if (after === undefined) return seekPosition(store, { start: start ?? 'beginning' });
  if (start === undefined) return seekPosition(store, { after });
  throw violated('RULE_BROKEN', [{ field: 'start', description: 'goes without a cursor: send `after` or `start`' }]);
}

export async function seekPosition(store: EventStore, target: SeekTarget): Promise<number> {
  if ('start' in target) return target.start === 'now' ? headOf(store) : 0;
  if ('sinceMs' in target) return lastPositionBefore(store, target.sinceMs);
  const { after } = target;
  const head = await headOf(store);
  if (after <= head) return after;
  const description = `points to ${after}, beyond the newest event at ${head}; take a cursor of this log`;
  throw violated('RULE_BROKEN', [{ field: 'after', description, limit: head, actual: after }]);
}
