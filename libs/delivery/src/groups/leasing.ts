// One turn of handing out: what has come due first, then new events as far as there is room, shared among the members.
import type { EventStore, Limits, LogEntry, Outstanding } from '@oncelog/core';
import { deadAmong } from './dead-positions.ts';
import { encodeDeliveryId } from './delivery-id.ts';
import type { Delivery } from './group-types.ts';
import { bytesOf, readEntries } from './log-places.ts';
import type { Member } from './member.ts';
import type { PlaceDraft } from './place.ts';

/** Who pulls without a name; a lease has a holder. */
const namelessMember = '(nameless)';

export interface LeaseSource {
  readonly store: EventStore;
  readonly limits: Pick<Limits, 'outstandingMax' | 'pageBytesMax' | 'pageScanMax'>;
}

export interface Lease {
  readonly outstanding: Outstanding;
  readonly delivery: Delivery;
}

export interface Leases {
  readonly shares: ReadonlyMap<Member, readonly Lease[]>;
  /** Something was given or passed over: another turn may find more. */
  readonly more: boolean;
  /** The head of the log, when it was read. */
  readonly head?: number;
}

interface Found {
  readonly again: readonly LogEntry[];
  readonly fresh: readonly LogEntry[];
  readonly scannedTo: number;
  readonly head?: number;
}

/** `head` is how far the log may reach, for all that is known. `takers` is asked again when the log has been read. */
export async function leaseEvents(
  source: LeaseSource,
  draft: PlaceDraft,
  { nowMs, head, takers }: { nowMs: number; head: number; takers: () => readonly Member[] },
): Promise<Leases> {
  buryExhausted(draft, nowMs);
  const found = await findEvents(source, draft, { nowMs, head, eventsMax: roomOf(takers()) });
  const { again, fresh } = found;
  const freshPositions = fresh.map(({ position }) => position);
  // Only a seek brings the group to events that it has buried before.
  const buried = draft.epoch > 1 ? await deadAmong(source.store.consumers, draft, freshPositions) : undefined;

  const shares = new Map<Member, Lease[]>();
  let given = 0;
  for (const [member, entries] of shareOut([...again, ...fresh], takers())) {
    shares.set(
      member,
      entries.map((entry) => leaseTo(member, entry, draft, nowMs)),
    );
    given += entries.length;
  }

  const before = draft.scannedTo;
  const freshGiven = freshPositions.slice(0, Math.max(0, given - again.length));
  draft.scan(freshGiven.length === fresh.length ? found.scannedTo : (freshGiven.at(-1) ?? before));
  // What is delivered again after a seek is a dead letter no longer: it is in one place of the group at a time.
  for (const position of freshGiven) if (buried?.has(position)) draft.revive(position);
  // Passing over events that do not fit is worth a flush now and then, so that a restart has little to scan again.
  if (freshGiven.length > 0 || draft.scannedTo - draft.cursor >= source.limits.pageScanMax) draft.moveCursor();

  const scansOn = found.head !== undefined && draft.scannedTo > before && draft.scannedTo < found.head;
  return { shares, more: given > 0 || scansOn, ...(found.head !== undefined && { head: found.head }) };
}

function buryExhausted(draft: PlaceDraft, nowMs: number): void {
  for (const { position, attempts, reason } of draft.due(nowMs)) {
    if (attempts >= draft.settings.attemptsMax) draft.bury({ position, attempts, reason, deadTimeMs: nowMs });
  }
}

async function findEvents(
  { store, limits }: LeaseSource,
  draft: PlaceDraft,
  { nowMs, head, eventsMax }: { nowMs: number; head: number; eventsMax: number },
): Promise<Found> {
  const { filter } = draft.settings;
  const { scannedTo: after } = draft;
  const due = draft.due(nowMs).slice(0, eventsMax);
  const positions = due.map(({ position }) => position);
  const again = await readEntries(store, filter, positions, limits.pageBytesMax);
  const bytesMax = again.reduce((left, entry) => left - bytesOf(entry), limits.pageBytesMax);
  const freshMax = Math.min(eventsMax - again.length, limits.outstandingMax - draft.outstandingCount);
  if (again.length < due.length || bytesMax <= 0 || freshMax <= 0 || after >= head) {
    return { again, fresh: [], scannedTo: after };
  }
  const slice = await store.tail({ filter, after, eventsMax: freshMax, bytesMax, scanMax: limits.pageScanMax });
  return { again, fresh: slice.entries, scannedTo: slice.scannedTo, head: slice.head };
}

/** In turn, and evenly: whoever waits gets something as long as there is enough. */
function shareOut(entries: readonly LogEntry[], members: readonly Member[]): [Member, readonly LogEntry[]][] {
  let from = 0;
  const shares = members.map((member, index): [Member, readonly LogEntry[]] => {
    const fair = Math.ceil((entries.length - from) / (members.length - index));
    const share = entries.slice(from, from + Math.min(fair, member.room));
    from += share.length;
    return [member, share];
  });
  return shares.filter(([, share]) => share.length > 0);
}

function leaseTo({ name }: Member, entry: LogEntry, draft: PlaceDraft, nowMs: number): Lease {
  const { position } = entry;
  const before = draft.outstanding(position);
  const attempts = (before?.attempts ?? 0) + 1;
  const dueTimeMs = nowMs + draft.settings.leaseMs;
  const outstanding = { position, attempts, dueTimeMs, member: name || namelessMember, reason: before?.reason ?? '' };
  draft.put(outstanding);
  const deliveryId = encodeDeliveryId({
    createdTimeMs: draft.createdTimeMs,
    epoch: draft.epoch,
    position,
    attempt: attempts,
  });
  return { outstanding, delivery: { entry, deliveryId, attempt: attempts, leaseExpiryTimeMs: dueTimeMs } };
}

function roomOf(members: readonly Member[]): number {
  return members.reduce((sum, { room }) => sum + room, 0);
}
