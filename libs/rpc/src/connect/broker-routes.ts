// The BrokerService over gRPC, gRPC-Web and Connect.
import type { ServiceImpl } from '@connectrpc/connect';
import type { BrokerService } from '@oncelog/protocol';
import { type BrokerLog, listDeadEntries, replayDeadEntries } from '../handlers/dead-entries.ts';
import { deadEntryToProto } from './broker-to-proto.ts';

export function brokerRoutes(log: BrokerLog): ServiceImpl<typeof BrokerService> {
  return {
    async listDeadEntries({ pageSize, pageToken }) {
      const { entries, nextPageToken } = await listDeadEntries(log, { pageSize, pageToken });
      return { entries: entries.map(deadEntryToProto), nextPageToken };
    },

    async replayDeadEntries({ ids }) {
      return { replayed: BigInt(await replayDeadEntries(log, ids)) };
    },
  };
}
