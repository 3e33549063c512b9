// Adding up what publish calls answered.
import type { PublishSummary } from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';

/** received = stored + duplicates + conflicts + accepted. Plain numbers: one client stays far below 2^53. */
export interface PublishCounts {
  received: number;
  stored: number;
  duplicates: number;
  conflicts: number;
  /** Held by a broker, which stores them later: what becomes of them is not known yet. */
  accepted: number;
}

export function noCounts(): PublishCounts {
  return { received: 0, stored: 0, duplicates: 0, conflicts: 0, accepted: 0 };
}

export function addSummary(counts: PublishCounts, summary: PublishSummary): void {
  counts.received += Number(summary.received);
  counts.stored += Number(summary.stored);
  counts.duplicates += Number(summary.duplicates);
  counts.conflicts += Number(summary.conflicts);
  counts.accepted += Number(summary.accepted);
}

export function summaryOf({ summary }: { readonly summary?: PublishSummary | undefined }): PublishSummary {
  if (!summary) throw new OncelogClientError('INTERNAL', 'the aggregator answered without a summary');
  return summary;
}

/** As the contract counts. */
export function bigCounts({ received, stored, duplicates, conflicts, accepted }: PublishCounts) {
  return {
    received: BigInt(received),
    stored: BigInt(stored),
    duplicates: BigInt(duplicates),
    conflicts: BigInt(conflicts),
    accepted: BigInt(accepted),
  };
}
