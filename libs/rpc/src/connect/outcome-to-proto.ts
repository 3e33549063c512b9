// Outcomes and summaries in the contract's words.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isDropped, type Outcome, type OutcomeStatus, type PublishSummary } from '@oncelog/core';
import { OutcomeSchema, OutcomeStatus as Status, type PublishSummarySchema } from '@oncelog/protocol';

export const statusOf = {
  stored: Status.STORED,
  duplicate: Status.DUPLICATE,
  conflict: Status.CONFLICT,
  accepted: Status.ACCEPTED,
} satisfies Record<OutcomeStatus, Status>;

export function outcomeToProto({ status, position, storedTimeMs }: Outcome) {
  const outcome = create(OutcomeSchema);
  outcome.status = statusOf[status];
  outcome.position = BigInt(position);
  if (isDropped(status)) outcome.firstStoredTime = timestampFromMs(storedTimeMs);
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
    accepted: BigInt(summary.accepted),
  };
}
