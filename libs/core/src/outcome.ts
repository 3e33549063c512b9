// What became of a published event, and the counters that follow from it.

/**
 * stored: new, durable now. duplicate: the same content is already stored under this key.
 * conflict: the key is taken by other content; the first is kept.
 */
export type Verdict = 'stored' | 'duplicate' | 'conflict';

/** accepted: a broker holds it durably, and the verdict comes later. */
export type OutcomeStatus = Verdict | 'accepted';

export interface Outcome {
  readonly status: OutcomeStatus;
  /** Where the event is; for duplicate and conflict, where the first one is. 0 when it was accepted. */
  readonly position: number;
  /** When the event at `position` was stored; for accepted, when that was. */
  readonly storedTimeMs: number;
}

/** Whether another event was there first: `position` and `storedTimeMs` are its. */
export function isDropped(status: OutcomeStatus): boolean {
  return status === 'duplicate' || status === 'conflict';
}

/** What would become of an event if it were published now; new: nothing is stored under its key. */
export interface CheckedEvent {
  readonly status: 'new' | 'duplicate' | 'conflict';
  /** Where the event under the key is; 0 when there is none. */
  readonly position: number;
  /** When it was stored. */
  readonly storedTimeMs: number;
}

/** received = stored + duplicates + conflicts, always, exactly. */
export interface Counters {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

/** Here, received is stored + duplicates + conflicts + accepted. */
export interface PublishSummary extends Counters {
  /** Held by a broker. */
  readonly accepted: number;
  /** The lowest and highest position stored; 0 when nothing was. */
  readonly firstPosition: number;
  readonly lastPosition: number;
}

export const emptySummary: PublishSummary = {
  received: 0,
  stored: 0,
  duplicates: 0,
  conflicts: 0,
  accepted: 0,
  firstPosition: 0,
  lastPosition: 0,
};

export function summarize(outcomes: readonly Outcome[], before: PublishSummary = emptySummary): PublishSummary {
  let { stored, duplicates, conflicts, accepted, firstPosition, lastPosition } = before;
  for (const { status, position } of outcomes) {
    if (status === 'stored') {
      stored += 1;
      if (firstPosition === 0) firstPosition = position;
      lastPosition = position;
    } else if (status === 'duplicate') duplicates += 1;
    else if (status === 'conflict') conflicts += 1;
    else accepted += 1;
  }
  const received = before.received + outcomes.length;
  return { received, stored, duplicates, conflicts, accepted, firstPosition, lastPosition };
}
