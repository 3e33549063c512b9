// What would become of an event, in the contract's words.
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CheckedEvent } from '@oncelog/core';
import { CheckedEventSchema, CheckStatus } from '@oncelog/protocol';

const statusOf = {
  new: CheckStatus.NEW,
  duplicate: CheckStatus.DUPLICATE,
  conflict: CheckStatus.CONFLICT,
} satisfies Record<CheckedEvent['status'], CheckStatus>;

export function checkedToProto({ status, position, storedTimeMs }: CheckedEvent) {
  const checked = create(CheckedEventSchema);
  checked.status = statusOf[status];
  checked.position = BigInt(position);
  if (status !== 'new') checked.firstStoredTime = timestampFromMs(storedTimeMs);
  return checked;
}
