// The consuming side of the client: pulling, settling, streams of deliveries, and handlers that are called for them.
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { ConsumerService, type ContentView } from '@oncelog/protocol';
import { Acknowledger } from './acknowledger.ts';
import type { Call } from '../calls/call.ts';
import { type ConsumeOptions, Consumer, type Handler } from './consumer.ts';
import { ConsumerGroups } from './consumer-group.ts';
import { Delivery, type RejectOptions, type SettleResult, settleResultsOf, type Settling } from './delivery.ts';
import { Deliveries, type DeliveriesOptions } from './deliveries.ts';
import type { CallSettings } from '../oncelog-client.ts';
import type { RetryPolicy } from '../calls/retry.ts';
import type { Wire } from '../wires/wire.ts';

export interface PullOptions extends CallSettings {
  /** Who is asking, for people who look at the group: at most 255 bytes. */
  readonly member?: string | undefined;
  /** 1 to 1,000; 100 when absent. */
  readonly eventsMax?: number | undefined;
  /** How long to wait for the first event when there is none: at most 60 seconds. */
  readonly waitMs?: number | undefined;
  readonly contentView?: ContentView | undefined;
}

export interface Consuming {
  readonly groups: ConsumerGroups;
  /** Leases events to a member; empty when the wait is over. */
  pull(group: string, options?: PullOptions): Promise<Delivery[]>;
  /** One result for each id, in the same order, and so for the two below. At most 1,000 ids. */
  acknowledge(group: string, ids: readonly string[], settings?: CallSettings): Promise<SettleResult[]>;
  reject(group: string, ids: readonly string[], options?: RejectOptions & CallSettings): Promise<SettleResult[]>;
  extendLease(
    group: string,
    ids: readonly string[],
    options?: { readonly leaseMs?: number | undefined } & CallSettings,
  ): Promise<SettleResult[]>;
  /** Deliveries as they come, over every break of the connection. Each is to be settled by who reads them. */
  deliveries(group: string, options?: DeliveriesOptions): Deliveries;
  /**
   * Calls the handler for each event of the group, until the signal is raised: acknowledges when it returns, rejects
   * with a delay when it throws. Resolves when running handlers have ended and are acknowledged.
   */
  consume(group: string, handler: Handler, options?: ConsumeOptions): Promise<void>;
}

const service = ConsumerService.method;

export function createConsuming(wire: Pick<Wire, 'serverStream'>, call: Call, retry: RetryPolicy): Consuming {
  const groups = new ConsumerGroups(call);

  const acknowledge: Consuming['acknowledge'] = async (group, ids, settings) => {
    const request = { group, deliveryIds: [...ids] };
    return settleResultsOf((await call(service.acknowledge, request, settings)).results, ids.length);
  };

  const reject: Consuming['reject'] = async (group, ids, { delayMs = 0, reason = '', ...settings } = {}) => {
    const request = { group, deliveryIds: [...ids], delay: durationFromMs(delayMs), reason };
    return settleResultsOf((await call(service.reject, request, settings)).results, ids.length);
  };

  const extendLease: Consuming['extendLease'] = async (group, ids, { leaseMs, ...settings } = {}) => {
    const lease = leaseMs === undefined ? {} : { leaseDuration: durationFromMs(leaseMs) };
    const request = { group, deliveryIds: [...ids], ...lease };
    return settleResultsOf((await call(service.extendLease, request, settings)).results, ids.length);
  };

  function settlingIn(group: string): Settling {
    const acknowledger = new Acknowledger((ids) => acknowledge(group, ids));
    return {
      acknowledge: (id) => acknowledger.add(id),
      reject: async (id, options) => (await reject(group, [id], options))[0]!,
      extendLease: async (id, leaseMs) => (await extendLease(group, [id], { leaseMs }))[0]!,
    };
  }

  return {
    groups,
    async pull(group, { member = '', eventsMax = 0, waitMs = 0, contentView, ...settings } = {}) {
      const view = contentView === undefined ? {} : { contentView };
      const request = { group, member, eventsMax, wait: durationFromMs(waitMs), ...view };
      const { deliveries } = await call(service.pull, request, settings, waitMs);
      const settling = settlingIn(group);
      return deliveries.map((delivery) => new Delivery(delivery, settling));
    },
    acknowledge,
    reject,
    extendLease,
    deliveries: (group, options = {}) => new Deliveries(wire, group, settlingIn(group), options, retry),
    consume: (group, handler, options = {}) =>
      new Consumer({ wire, groups, acknowledge, reject, extendLease, retry }, group, handler, options).run(),
  };
}
