// What a broker holds, from the domain's words into the contract's.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { BrokerStats, DeadEntry } from '@oncelog/core';
import { type BrokerStatsSchema, ContentView, type DeadEntrySchema } from '@oncelog/protocol';
import { newEventToProto } from './event-to-proto.ts';

export function brokerStatsToProto(
  stats: BrokerStats & { readonly kind: string },
): MessageInitShape<typeof BrokerStatsSchema> {
  return {
    kind: stats.kind,
    waitingEvents: BigInt(stats.waitingEvents),
    deliveredEvents: BigInt(stats.deliveredEvents),
    deadEntries: BigInt(stats.deadEntries),
  };
}

export function deadEntryToProto({
  id,
  reason,
  deadTimeMs,
  attempts,
  events = [],
  raw,
}: DeadEntry): MessageInitShape<typeof DeadEntrySchema> {
  return {
    id,
    reason,
    deadTime: timestampFromMs(deadTimeMs),
    attempts,
    events: events.map((event) => newEventToProto(event, ContentView.UNSPECIFIED)),
    ...(raw && { raw }),
  };
}
