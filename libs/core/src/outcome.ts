// What became of a published event, and the counters that follow from it.

/**
 * stored: new, durable now. duplicate: the same content is already stored under this key.
 * conflict: the key is taken by other content; the first is kept.
 */
export type OutcomeStatus = 'stored' | 'duplicate' | 'conflict';

export interface Outcome {
  readonly status: OutcomeStatus;
  /** Where the event is; for duplicate and conflict, where the first one is. */
  readonly position: number;
  /** When the event at `position` was stored. */
  readonly storedTimeMs: number;
}

/** received = stored + duplicates + conflicts, always, exactly. */
export interface Counters {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly conflicts: number;
}

export interface PublishSummary extends Counters {
  /** The lowest and highest position stored; 0 when nothing was. */
  readonly firstPosition: number;
  readonly lastPosition: number;
}

export const emptySummary: PublishSummary = {
  received: 0,
  stored: 0,
  duplicates: 0,
  conflicts: 0,
  firstPosition: 0,
  lastPosition: 0,
};

export function summarize(outcomes: readonly Outcome[], before: PublishSummary = emptySummary): PublishSummary {
  let { stored, duplicates, conflicts, firstPosition, lastPosition } = before;
  for (const { status, position } of outcomes) {
    if (status === 'stored') {
      stored += 1;
      if (firstPosition === 0) firstPosition = position;
      lastPosition = position;
    } else if (status === 'duplicate') duplicates += 1;
    else conflicts += 1;
  }
  return { received: before.received + outcomes.length, stored, duplicates, conflicts, firstPosition, lastPosition };
}
