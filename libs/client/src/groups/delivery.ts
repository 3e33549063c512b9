// An event on its way to a member of a group, and what the member may say about it.
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type Delivery as DeliveryMessage, SettleResult as SettleResultEnum } from '@oncelog/protocol';
import { OncelogClientError } from '../failures/client-error.ts';
import { type LogEntry, logEntryOf } from '../events/log-entry.ts';

/**
 * done: it never comes again, or comes again as asked. already-settled: there was nothing to do. lease-lost: not done,
 * because the event has been delivered again since, is a dead letter, or the group was sought elsewhere.
 */
export type SettleResult = 'done' | 'already-settled' | 'lease-lost';

export interface RejectOptions {
  /** How long it does not come again: at most 12 hours. */
  readonly delayMs?: number | undefined;
  /** Kept with a dead letter: at most 1,024 bytes. */
  readonly reason?: string | undefined;
}

/** Settles one delivery. */
export interface Settling {
  acknowledge(id: string): Promise<SettleResult>;
  reject(id: string, options: RejectOptions): Promise<SettleResult>;
  extendLease(id: string, leaseMs: number | undefined): Promise<SettleResult>;
}

export class Delivery {
  readonly entry: LogEntry;
  /** Opaque: names this delivery of this event. */
  readonly id: string;
  /** 1 for the first delivery. */
  readonly attempt: number;
  /** By the aggregator's clock. */
  readonly leaseExpiryTime: Date;
  readonly #settling: Settling;

  constructor({ entry, deliveryId, attempt, leaseExpiryTime }: DeliveryMessage, settling: Settling) {
    if (!entry) throw new OncelogClientError('INTERNAL', 'the aggregator sent a delivery without an entry');
    this.entry = logEntryOf(entry);
    this.id = deliveryId;
    this.attempt = attempt;
    this.leaseExpiryTime = timestampDate(leaseExpiryTime!);
    this.#settling = settling;
  }

  /** It never comes again, once this has resolved. Acknowledgements of a few milliseconds go as one call. */
  ack(): Promise<SettleResult> {
    return this.#settling.acknowledge(this.id);
  }

  /** Gives it back, to come again after a delay, or to become a dead letter when its attempts are used up. */
  reject(options: RejectOptions = {}): Promise<SettleResult> {
    return this.#settling.reject(this.id, options);
  }

  /** Counts the lease anew from now; as long as the group's when no time is given. */
  extendLease(leaseMs?: number): Promise<SettleResult> {
    return this.#settling.extendLease(this.id, leaseMs);
  }
}

const resultNames: Readonly<Record<SettleResultEnum, SettleResult | undefined>> = {
  [SettleResultEnum.UNSPECIFIED]: undefined,
  [SettleResultEnum.DONE]: 'done',
  [SettleResultEnum.ALREADY_SETTLED]: 'already-settled',
  [SettleResultEnum.LEASE_LOST]: 'lease-lost',
};

export function settleResultsOf(results: readonly SettleResultEnum[], asked: number): SettleResult[] {
  const named = results.map((result) => resultNames[result]).filter((result) => result !== undefined);
  if (named.length === asked) return named;
  throw new OncelogClientError('INTERNAL', `the aggregator answered for ${named.length} of ${asked} deliveries`);
}
