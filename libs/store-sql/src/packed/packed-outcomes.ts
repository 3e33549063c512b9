// What became of the events of one transaction, on its way back between threads.
import type { Outcome, Verdict } from '@oncelog/core';

const statuses = ['stored', 'duplicate', 'conflict'] as const satisfies readonly Verdict[];

export interface PackedOutcomes {
  /** Indexes into the statuses. */
  readonly statuses: Uint8Array<ArrayBuffer>;
  readonly positions: Float64Array<ArrayBuffer>;
  readonly storedTimesMs: Float64Array<ArrayBuffer>;
}

export function emptyOutcomes(count: number): PackedOutcomes {
  return {
    statuses: new Uint8Array(count),
    positions: new Float64Array(count),
    storedTimesMs: new Float64Array(count),
  };
}

export function outcomeBuffersOf(packed: PackedOutcomes): ArrayBuffer[] {
  return [packed.statuses.buffer, packed.positions.buffer, packed.storedTimesMs.buffer];
}

export function setOutcome(
  packed: PackedOutcomes,
  index: number,
  status: Verdict,
  position: number,
  storedTimeMs: number,
): void {
  packed.statuses[index] = statuses.indexOf(status);
  packed.positions[index] = position;
  packed.storedTimesMs[index] = storedTimeMs;
}

/** Back into the batches that were appended together. */
export function unpackOutcomes(packed: PackedOutcomes, batchSizes: readonly number[]): Outcome[][] {
  let index = 0;
  const next = (): Outcome => {
    const status = statuses[packed.statuses[index]!]!;
    const outcome = { status, position: packed.positions[index]!, storedTimeMs: packed.storedTimesMs[index]! };
    index += 1;
    return outcome;
  };
  return batchSizes.map((size) => Array.from({ length: size }, next));
}
