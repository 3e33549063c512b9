// One consumer group over one wire: what its members and its keeper say, in few words.
import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  ConsumerService,
  type CreateGroupRequestSchema,
  type Delivery,
  type ExtendLeaseResponse,
  type Group,
  type GroupSettingsSchema,
  type ListDeadLettersResponse,
  type LogEntry,
  type SeekGroupRequestSchema,
  type SettleResult,
  type StreamingPullResponse,
} from '@oncelog/protocol';
import type { ConsumerWire } from './consumer-wire.ts';

const methods = ConsumerService.method;

type SettingsInit = MessageInitShape<typeof GroupSettingsSchema>;
type CreateInit = MessageInitShape<typeof CreateGroupRequestSchema>;
type SeekTarget = NonNullable<MessageInitShape<typeof SeekGroupRequestSchema>['target']>;

interface PullOptions {
  readonly member?: string;
  readonly eventsMax?: number;
  readonly waitMs?: number;
}

export class WiredGroup {
  readonly name: string;
  readonly #wire: ConsumerWire;

  constructor(wire: ConsumerWire, name: string) {
    this.#wire = wire;
    this.name = name;
  }

  create(settings: SettingsInit, more: Pick<CreateInit, 'after' | 'start'> = {}) {
    return this.#wire.call(methods.createGroup, { name: this.name, settings, ...more });
  }

  async get(): Promise<Group> {
    return (await this.#wire.call(methods.getGroup, { name: this.name })).group!;
  }

  async delete(): Promise<boolean> {
    return (await this.#wire.call(methods.deleteGroup, { name: this.name })).deleted;
  }

  async seek(target: SeekTarget): Promise<Group> {
    return (await this.#wire.call(methods.seekGroup, { group: this.name, target })).group!;
  }

  async pull({ waitMs = 0, ...more }: PullOptions = {}): Promise<Delivery[]> {
    const request = { group: this.name, wait: durationFromMs(waitMs), ...more };
    return (await this.#wire.call(methods.pull, request)).deliveries;
  }

  stream(windowEvents: number, member = ''): AsyncGenerator<StreamingPullResponse, void, undefined> {
    return this.#wire.streamingPull({ group: this.name, member, windowEvents });
  }

  async acknowledge(...deliveries: readonly Delivery[]): Promise<SettleResult[]> {
    return (await this.#wire.call(methods.acknowledge, { group: this.name, deliveryIds: idsOf(deliveries) })).results;
  }

  async reject(
    deliveries: readonly Delivery[],
    { delayMs = 0, reason = '' }: { readonly delayMs?: number; readonly reason?: string } = {},
  ): Promise<SettleResult[]> {
    const request = { group: this.name, deliveryIds: idsOf(deliveries), delay: durationFromMs(delayMs), reason };
    return (await this.#wire.call(methods.reject, request)).results;
  }

  /** By the group's own lease when no other is given. */
  extend(deliveries: readonly Delivery[], leaseMs?: number): Promise<ExtendLeaseResponse> {
    const lease = leaseMs === undefined ? {} : { leaseDuration: durationFromMs(leaseMs) };
    return this.#wire.call(methods.extendLease, { group: this.name, deliveryIds: idsOf(deliveries), ...lease });
  }

  deadLetters(pageSize = 0, pageToken = ''): Promise<ListDeadLettersResponse> {
    return this.#wire.call(methods.listDeadLetters, { group: this.name, pageSize, pageToken });
  }

  /** No positions stand for all of them, here and below. */
  async replay(...positions: readonly bigint[]): Promise<bigint> {
    return (await this.#wire.call(methods.replayDeadLetters, { group: this.name, positions: [...positions] })).replayed;
  }

  async deleteDeadLetters(...positions: readonly bigint[]): Promise<bigint> {
    return (await this.#wire.call(methods.deleteDeadLetters, { group: this.name, positions: [...positions] })).deleted;
  }
}

function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ deliveryId }) => deliveryId);
}

/** Of deliveries and of dead letters. */
export function eventIds(items: readonly { readonly entry?: LogEntry | undefined }[]): string[] {
  return items.map(({ entry }) => {
    if (entry?.entry.case !== 'event') throw new Error('an entry without an event');
    return entry.entry.value.event!.eventId;
  });
}
