// What members say about deliveries: done, not done, still at it.
import type { ConsumerStore, Outstanding } from '@oncelog/core';
import { deadAmong } from './dead-positions.ts';
import type { DeliveryId } from './delivery-id.ts';
import type { RejectOptions, SettleResult } from './group-types.ts';
import { isLeasedAs } from './holds.ts';
import type { PlaceDraft } from './place.ts';

/**
 * Work that is done is done: also after the lease, while another member has the event, and when it is a dead letter by
 * now. Only what was handed out before a seek counts no more.
 */
export async function acknowledge(
  store: ConsumerStore,
  draft: PlaceDraft,
  ids: readonly DeliveryId[],
): Promise<SettleResult[]> {
  const notOutstanding = ids.filter((id) => isOfThisPass(draft, id) && !draft.outstanding(id.position));
  const dead = await deadAmong(
    store,
    draft,
    notOutstanding.map(({ position }) => position),
  );
  return ids.map((id): SettleResult => {
    const { position } = id;
    if (!isOfThisPass(draft, id)) return 'leaseLost';
    if (draft.outstanding(position)) {
      draft.settle(position);
      return 'done';
    }
    if (!dead.has(position) || draft.isDead(position) === false) return 'alreadySettled';
    draft.revive(position);
    return 'done';
  });
}

export function reject(
  draft: PlaceDraft,
  ids: readonly DeliveryId[],
  { delayMs, reason }: RejectOptions,
  nowMs: number,
): SettleResult[] {
  return ids.map((id) => {
    const leased = leasedAs(draft, id, nowMs);
    if (!leased) return 'leaseLost';
    const { position, attempts } = leased;
    if (attempts >= draft.settings.attemptsMax) draft.bury({ position, attempts, reason, deadTimeMs: nowMs });
    else draft.put({ position, attempts, reason, member: '', dueTimeMs: nowMs + delayMs });
    return 'done';
  });
}

export function extendLease(
  draft: PlaceDraft,
  ids: readonly DeliveryId[],
  leaseMs: number,
  nowMs: number,
): SettleResult[] {
  return ids.map((id) => {
    const leased = leasedAs(draft, id, nowMs);
    if (!leased) return 'leaseLost';
    draft.put({ ...leased, dueTimeMs: nowMs + leaseMs });
    return 'done';
  });
}

/** Handed out by this group since its last seek. */
function isOfThisPass(draft: PlaceDraft, { createdTimeMs, epoch, position }: DeliveryId): boolean {
  return createdTimeMs === draft.createdTimeMs && epoch === draft.epoch && position <= draft.cursor;
}

function leasedAs(draft: PlaceDraft, id: DeliveryId, nowMs: number): Outstanding | undefined {
  const outstanding = isOfThisPass(draft, id) ? draft.outstanding(id.position) : undefined;
  return isLeasedAs(outstanding, id.attempt, nowMs) ? outstanding : undefined;
}
