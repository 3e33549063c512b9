// A broker in front of the stand-in log: it accepts everything, and stores when it is told to.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  type BrokerService,
  type BrokerStats,
  BrokerStatsSchema,
  type DeadEntrySchema,
  type Event,
  type Outcome,
  OutcomeSchema,
  OutcomeStatus,
} from '@oncelog/protocol';
import type { StandInLog } from './stand-in-log.ts';
import { answered, brokenRule, Refusal } from './stand-in-refusal.ts';

const pageSizeDefault = 20;
const pageSizeMax = 100;

export class StandInBroker {
  readonly waiting: Event[] = [];
  readonly dead: MessageInitShape<typeof DeadEntrySchema>[] = [];
  /** Like a worker between two looks of a client: each time the statistics are asked for, so many are stored. */
  storesAtEachLook = 0;
  #died = 0;

  accept(events: readonly Event[]): Outcome[] {
    this.waiting.push(...events);
    return events.map(() => create(OutcomeSchema, { status: OutcomeStatus.ACCEPTED }));
  }

  /** Those that wait longest, at the time of the call. */
  take(count = this.waiting.length): Event[] {
    return this.waiting.splice(0, count);
  }

  /** Sets those that wait longest aside. */
  bury(count: number, reason: string): void {
    this.#died += 1;
    this.dead.push({ id: `${this.#died}-0`, reason, attempts: 5, events: this.take(count) });
  }

  stats(): BrokerStats {
    return create(BrokerStatsSchema, {
      kind: 'memory',
      waitingEvents: BigInt(this.waiting.length),
      deadEntries: BigInt(this.dead.length),
    });
  }
}

export function brokerRoutes({ log }: { readonly log: StandInLog }): ServiceImpl<typeof BrokerService> {
  const broker = () => {
    if (!log.broker) throw new Refusal({ code: 'NOT_FOUND', message: 'this log has no broker' });
    return log.broker;
  };
  return {
    listDeadEntries: ({ pageSize, pageToken }) =>
      answered(() => {
        if (pageSize < 0 || pageSize > pageSizeMax) throw brokenRule('page_size', `must be 1 to ${pageSizeMax}`);
        const { dead } = broker();
        const first = dead.findIndex(({ id }) => id === pageToken) + 1;
        const entries = dead.slice(first, first + (pageSize || pageSizeDefault));
        const last = first + entries.length === dead.length;
        return { entries, nextPageToken: last ? '' : entries.at(-1)!.id! };
      }),
    replayDeadEntries: ({ ids }) =>
      answered(() => {
        const { dead, waiting } = broker();
        const replayed = dead.filter(({ id }) => ids.length === 0 || ids.includes(id!));
        for (const entry of replayed) {
          dead.splice(dead.indexOf(entry), 1);
          waiting.push(...((entry.events ?? []) as Event[]));
        }
        return { replayed: BigInt(replayed.length) };
      }),
  };
}
