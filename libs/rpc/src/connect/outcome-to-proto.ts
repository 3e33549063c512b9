// Outcomes and summaries in the contract's words.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Outcome, OutcomeStatus, PublishSummary } from '@oncelog/core';
import { OutcomeSchema, OutcomeStatus as Status, type PublishSummarySchema } from '@oncelog/protocol';

const statusOf = {
  stored: Status.STORED,
  duplicate: Status.DUPLICATE,
  conflict: Status.CONFLICT,
} satisfies Record<OutcomeStatus, Status>;

export function outcomeToProto({ status, position, storedTimeMs }: Outcome) {
  const outcome = create(OutcomeSchema);
  outcome.status = statusOf[status];
  outcome.position = BigInt(position);
  if (status !== 'stored') outcome.firstStoredTime = timestampFromMs(storedTimeMs);
  return outcome;
}

export function summaryToProto(summary: PublishSummary): MessageInitShape<typeof PublishSummarySchema> {
  return {
    received: BigInt(summary.received),
    stored: BigInt(summary.stored),
    duplicates: BigInt(summary.duplicates),
    conflicts: BigInt(summary.conflicts),
    firstPosition: BigInt(summary.firstPosition),
    lastPosition: BigInt(summary.lastPosition),
  };
}
