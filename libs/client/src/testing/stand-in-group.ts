// One consumer group of the stand-in: its place, what is delivered and not settled, and its dead letters.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, durationMs, type Timestamp, timestampFromMs, timestampNow } from '@bufbuild/protobuf/wkt';
import {
  type ContentView,
  type DeadLetterSchema,
  type Delivery,
  DeliverySchema,
  type Group,
  GroupSchema,
  type GroupSettings,
  GroupSettingsSchema,
  SettleResult,
} from '@oncelog/protocol';
import type { StandInLog } from './stand-in-log.ts';
import { brokenRule } from './stand-in-refusal.ts';
import { entryOf, passes } from './stand-in-subscriptions.ts';

const outstandingMax = 1000;
const leaseMsDefault = 30_000;
const attemptsDefault = 5;

let lastEpoch = 0;

/** Never the same twice, so that no delivery of a group that is gone counts in one of the same name. */
function nextEpoch(): number {
  lastEpoch += 1;
  return lastEpoch;
}

interface Outstanding {
  attempts: number;
  /** The end of the lease or of the delay. */
  dueMs: number;
  /** Whether a member has it; otherwise it waits to come again. */
  leased: boolean;
  reason: string;
}

interface Dead {
  readonly attempts: number;
  readonly reason: string;
  readonly deadTime: Timestamp;
}

export class StandInGroup {
  readonly name: string;
  readonly settings: GroupSettings;
  readonly dead: Map<number, Dead> = new Map();
  readonly #log: StandInLog;
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #createTime = timestampNow();
  #cursor: number;
  #epoch = nextEpoch();

  constructor(log: StandInLog, name: string, settings: GroupSettings, cursor: number) {
    this.#log = log;
    this.name = name;
    this.settings = settings;
    this.#cursor = cursor;
  }

  get leaseMs(): number {
    return durationMs(this.settings.leaseDuration!);
  }

  /** When something becomes due by itself; undefined while nothing is outstanding. */
  get nextDueMs(): number | undefined {
    const due = [...this.#outstanding.values()].map(({ dueMs }) => dueMs);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  describe(): Group {
    return create(GroupSchema, {
      name: this.name,
      settings: this.settings,
      cursor: this.#cursor === 0 ? '' : String(this.#cursor),
      outstanding: this.#outstanding.size,
      backlog: BigInt(this.#log.events.length - this.#cursor),
      deadLetters: BigInt(this.dead.size),
      createTime: this.#createTime,
    });
  }

  /** Those whose lease or delay is over first, then new ones. */
  lease(eventsMax: number, view: ContentView): Delivery[] {
    const deliveries: Delivery[] = [];
    const due = [...this.#outstanding].filter(([, { dueMs }]) => dueMs <= Date.now()).toSorted(([a], [b]) => a - b);
    for (const [position, { attempts, reason }] of due) {
      if (deliveries.length === eventsMax) return deliveries;
      if (attempts >= this.settings.attemptsMax) this.#bury(position, attempts, reason);
      else deliveries.push(this.#deliver(position, attempts + 1, view));
    }
    while (
      deliveries.length < eventsMax &&
      this.#outstanding.size < outstandingMax &&
      this.#cursor < this.#log.events.length
    ) {
      this.#cursor += 1;
      if (passes(this.settings.filter, this.#log.entryAt(this.#cursor)!))
        deliveries.push(this.#deliver(this.#cursor, 1, view));
    }
    return deliveries;
  }

  /** Late ones too: work that is done is done, also when its event has died meanwhile. */
  acknowledge(deliveryId: string, index: number): SettleResult {
    const { epoch, position } = readDeliveryId(deliveryId, index);
    if (epoch !== this.#epoch || position > this.#cursor) return SettleResult.LEASE_LOST;
    const settled = this.#outstanding.delete(position) || this.dead.delete(position);
    return settled ? SettleResult.DONE : SettleResult.ALREADY_SETTLED;
  }

  reject(deliveryId: string, index: number, delayMs: number, reason: string): SettleResult {
    const held = this.#held(deliveryId, index);
    if (typeof held === 'number') return held;
    const [position, outstanding] = held;
    if (outstanding.attempts >= this.settings.attemptsMax) this.#bury(position, outstanding.attempts, reason);
    else Object.assign(outstanding, { leased: false, dueMs: Date.now() + delayMs, reason });
    return SettleResult.DONE;
  }

  extend(deliveryId: string, index: number, leaseMs: number): SettleResult {
    const held = this.#held(deliveryId, index);
    if (typeof held === 'number') return held;
    held[1].dueMs = Date.now() + leaseMs;
    return SettleResult.DONE;
  }

  /** Whether this delivery is still in the hands that it was given to. */
  holds(deliveryId: string): boolean {
    return typeof this.#held(deliveryId, 0) !== 'number';
  }

  seek(cursor: number): void {
    this.#cursor = cursor;
    this.#outstanding.clear();
    this.#epoch = nextEpoch();
  }

  deadLetter(position: number, view: ContentView): MessageInitShape<typeof DeadLetterSchema> {
    return { entry: entryOf(this.#log.entryAt(position)!, view), ...this.dead.get(position)! };
  }

  /** How many of these positions are dead letters no more, but due, with all their attempts before them. */
  replay(positions: readonly number[]): number {
    const replayed = positions
      .filter((position) => this.dead.has(position))
      .slice(0, outstandingMax - this.#outstanding.size);
    for (const position of replayed) {
      this.dead.delete(position);
      this.#outstanding.set(position, { attempts: 0, dueMs: Date.now(), leased: false, reason: '' });
    }
    return replayed.length;
  }

  #deliver(position: number, attempts: number, view: ContentView): Delivery {
    const dueMs = Date.now() + this.leaseMs;
    this.#outstanding.set(position, { attempts, dueMs, leased: true, reason: '' });
    return create(DeliverySchema, {
      entry: entryOf(this.#log.entryAt(position)!, view),
      deliveryId: `${this.#epoch}.${position}.${attempts}`,
      attempt: attempts,
      leaseExpiryTime: timestampFromMs(dueMs),
    });
  }

  #bury(position: number, attempts: number, reason: string): void {
    this.#outstanding.delete(position);
    this.dead.set(position, { attempts, reason, deadTime: timestampNow() });
  }

  /** By the member that has it now, while its lease lasts. */
  #held(deliveryId: string, index: number): [number, Outstanding] | SettleResult {
    const { epoch, position, attempt } = readDeliveryId(deliveryId, index);
    const outstanding = this.#outstanding.get(position);
    if (epoch !== this.#epoch || !outstanding) return SettleResult.LEASE_LOST;
    const current = outstanding.leased && outstanding.attempts === attempt && outstanding.dueMs > Date.now();
    return current ? [position, outstanding] : SettleResult.LEASE_LOST;
  }
}

/** With what is not said filled in: so the log answers, and so it compares. */
export function wholeSettings({ filter, leaseDuration, attemptsMax }: Partial<GroupSettings> = {}): GroupSettings {
  return create(GroupSettingsSchema, {
    filter: filter ?? {},
    leaseDuration: leaseDuration ?? durationFromMs(leaseMsDefault),
    attemptsMax: attemptsMax || attemptsDefault,
  });
}

function readDeliveryId(deliveryId: string, index: number) {
  const [, epoch, position, attempt] = /^(\d+)\.(\d+)\.(\d+)$/.exec(deliveryId) ?? [];
  if (attempt === undefined) throw brokenRule(`delivery_ids[${index}]`, 'is not the id of a delivery');
  return { epoch: Number(epoch), position: Number(position), attempt: Number(attempt) };
}
