// What a broker in front of the log has set aside, as programs see it.
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { BrokerService, type DeadEntry as DeadEntryMessage, type Event } from '@oncelog/protocol';
import type { Call } from '../calls/call.ts';
import type { CallSettings } from '../oncelog-client.ts';

/** Events that went to the broker together and cannot be stored. */
export interface DeadEntry {
  /** To replay it by. */
  readonly id: string;
  /** Why, as the last attempt told it. */
  readonly reason: string;
  readonly deadTime: Date;
  readonly attempts: number;
  /** Empty when the entry cannot be read: `raw` is what the broker holds then. */
  readonly events: readonly Event[];
  readonly raw: Uint8Array | undefined;
}

export interface DeadEntryQuery extends CallSettings {
  /** How many are asked for at a time: 1 to 100, 20 when absent. */
  readonly pageSize?: number | undefined;
}

export interface DeadEntryCalls {
  /** The oldest first. A log without a broker answers NOT_FOUND, here and below. */
  listDeadEntries(query?: DeadEntryQuery): AsyncGenerator<DeadEntry, void, undefined>;
  /** Puts dead entries back at the end of the queue; all of them without ids. At most 1,000 ids. How many. */
  replayDeadEntries(ids?: readonly string[], settings?: CallSettings): Promise<number>;
}

const service = BrokerService.method;

export function createDeadEntryCalls(call: Call): DeadEntryCalls {
  return {
    async *listDeadEntries({ pageSize = 0, ...settings } = {}) {
      let pageToken = '';
      do {
        const page = await call(service.listDeadEntries, { pageSize, pageToken }, settings);
        for (const entry of page.entries) yield deadEntryOf(entry);
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
    },
    async replayDeadEntries(ids = [], settings) {
      return Number((await call(service.replayDeadEntries, { ids: [...ids] }, settings)).replayed);
    },
  };
}

function deadEntryOf({ id, reason, deadTime, attempts, events, raw }: DeadEntryMessage): DeadEntry {
  const time = deadTime ? timestampDate(deadTime) : new Date(0);
  return { id, reason, deadTime: time, attempts, events, raw: events.length === 0 ? raw : undefined };
}
