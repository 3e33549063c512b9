// Consumer groups: each event goes to one member of a group, at least once, until it is acknowledged.
//
// A lease outlives whoever holds it: of a member that vanishes, or a stream that ends, the events come again when their
// leases are over, not before.
import { type EventStore, type GroupState, type Limits } from '@oncelog/core';
import { deleteDeadLetters, listDeadLetters, replay } from './dead-letters.ts';
import { pagesOfLetters } from './dead-positions.ts';
import { decodeDeliveryIds } from './delivery-id.ts';
import {
  alreadyExists,
  checkAmount,
  checkGroupName,
  checkIds,
  checkPositions,
  checkRejection,
  checkSpan,
  sameSettings,
  settingsOf,
  tooManyGroups,
} from './group-rules.ts';
import type {
  CreateGroupRequest,
  DeadLetterPage,
  Delivery,
  ExtendedLeases,
  GroupView,
  PullRequest,
  RejectOptions,
  SeekTarget,
  SettleResult,
  StreamRequest,
} from './group-types.ts';
import { groupNotFound } from './live-group.ts';
import { LiveGroups } from './live-groups.ts';
import { headOf } from '../log-head.ts';
import { pullEvents, streamEvents } from './pulling.ts';
import { seekPosition, startPosition } from './seeking.ts';
import { acknowledge, extendLease, reject } from './settling.ts';

export interface ConsumerGroups {
  /** The same once more changes nothing; other settings under its name are refused. */
  createGroup(request: CreateGroupRequest): Promise<{ readonly group: GroupView; readonly created: boolean }>;
  getGroup(name: string): Promise<GroupView>;
  /** By name. */
  listGroups(): Promise<readonly GroupView[]>;
  /** False when there was none. */
  deleteGroup(name: string): Promise<boolean>;

  /** Empty when nothing came in time, or when the signal aborts. */
  pull(request: PullRequest, signal: AbortSignal): Promise<readonly Delivery[]>;
  /** Deliveries as they come, and none as a sign of life; throws the signal's reason when it aborts. */
  stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<readonly Delivery[], void, undefined>;

  /** One result for each delivery, in the same order, here and below. */
  acknowledge(group: string, deliveryIds: readonly string[]): Promise<readonly SettleResult[]>;
  reject(group: string, deliveryIds: readonly string[], options: RejectOptions): Promise<readonly SettleResult[]>;
  /** By the group's own lease when no other is given. */
  extendLease(group: string, deliveryIds: readonly string[], leaseMs?: number | undefined): Promise<ExtendedLeases>;
  seek(group: string, target: SeekTarget): Promise<GroupView>;

  deadLetters(
    group: string,
    query: { readonly after: number; readonly lettersMax?: number | undefined },
  ): Promise<DeadLetterPage>;
  /** How many; no positions stand for all of them. */
  replay(group: string, positions: readonly number[]): Promise<number>;
  deleteDeadLetters(group: string, positions: readonly number[]): Promise<number>;

  /** Ends those who wait and resolves when nothing is under way. */
  close(): Promise<void>;
}

export interface ConsumerGroupsOptions {
  readonly store: EventStore;
  readonly limits: Limits;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

export function createConsumerGroups({ store, limits, clock = Date.now }: ConsumerGroupsOptions): ConsumerGroups {
  return new StoredConsumerGroups(store, limits, clock);
}

class StoredConsumerGroups implements ConsumerGroups {
  readonly #store: EventStore;
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #live: LiveGroups;
  /** Groups are made one after another, so that their number stays within its bound. */
  #creating: Promise<unknown> = Promise.resolve();
  #lastCreatedMs = 0;

  constructor(store: EventStore, limits: Limits, clock: () => number) {
    this.#store = store;
    this.#limits = limits;
    this.#clock = clock;
    this.#live = new LiveGroups({ store, limits, clock });
  }

  createGroup(request: CreateGroupRequest) {
    const created = this.#creating.then(() => this.#createGroup(request));
    this.#creating = created.catch(() => {});
    return created;
  }

  async #createGroup(request: CreateGroupRequest): Promise<{ group: GroupView; created: boolean }> {
    this.#live.refuseWhenClosed();
    const { name, after, start } = request;
    checkGroupName(name, 'name', this.#limits);
    const settings = settingsOf(request, this.#limits);
    const { consumers } = this.#store;
    const before = await consumers.group(name);
    if (before && !sameSettings(before.settings, settings)) throw alreadyExists(name);
    if (before) return { group: viewOf(before, await headOf(this.#store)), created: false };
    const others = await consumers.groups();
    if (others.length >= this.#limits.groupsMax) throw tooManyGroups(this.#limits.groupsMax, others.length);
    const cursor = await startPosition(this.#store, after, start);
    // Deliveries are told apart by it: no two groups have the same.
    this.#lastCreatedMs = Math.max(this.#lastCreatedMs, ...others.map(({ createdTimeMs }) => createdTimeMs));
    const createdTimeMs = (this.#lastCreatedMs = Math.max(this.#clock(), this.#lastCreatedMs + 1));
    const created = await consumers.createGroup({ name, settings, cursor, createdTimeMs });
    // Another process was first: it is a group like any other now.
    return created ? { group: await this.getGroup(name), created } : this.#createGroup(request);
  }

  async getGroup(name: string): Promise<GroupView> {
    return viewOf(await this.#stateOf(name, 'name'), await headOf(this.#store));
  }

  async listGroups(): Promise<readonly GroupView[]> {
    this.#live.refuseWhenClosed();
    const [groups, head] = await Promise.all([this.#store.consumers.groups(), headOf(this.#store)]);
    return groups.map((group) => viewOf(group, head)).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async deleteGroup(name: string): Promise<boolean> {
    this.#live.refuseWhenClosed();
    checkGroupName(name, 'name', this.#limits);
    const deleted = await this.#store.consumers.deleteGroup(name);
    this.#live.forgetPlace(name);
    return deleted;
  }

  async pull(request: PullRequest, signal: AbortSignal): Promise<readonly Delivery[]> {
    return pullEvents(this.#live, this.#limits, request, signal);
  }

  stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<readonly Delivery[], void, undefined> {
    return streamEvents(this.#live, this.#limits, request, signal);
  }

  async acknowledge(group: string, deliveryIds: readonly string[]): Promise<readonly SettleResult[]> {
    const ids = this.#decode(deliveryIds);
    return this.#live.get(group).run((draft) => acknowledge(this.#store.consumers, draft, ids));
  }

  async reject(group: string, deliveryIds: readonly string[], options: RejectOptions) {
    const ids = this.#decode(deliveryIds);
    checkRejection(options, this.#limits);
    return this.#live.get(group).run((draft, nowMs) => reject(draft, ids, options, nowMs));
  }

  async extendLease(
    group: string,
    deliveryIds: readonly string[],
    leaseMs?: number | undefined,
  ): Promise<ExtendedLeases> {
    const ids = this.#decode(deliveryIds);
    const { leaseMsMin, leaseMsMax } = this.#limits;
    if (leaseMs !== undefined) checkSpan(leaseMs, 'lease_duration', leaseMsMin, leaseMsMax);
    return this.#live.get(group).run((draft, nowMs) => {
      const ms = leaseMs ?? draft.settings.leaseMs;
      return { results: extendLease(draft, ids, ms, nowMs), leaseExpiryTimeMs: nowMs + ms };
    });
  }

  async seek(group: string, target: SeekTarget): Promise<GroupView> {
    await this.#live.get(group).run(async (draft) => draft.seek(await seekPosition(this.#store, target)));
    return this.getGroup(group);
  }

  async deadLetters(group: string, query: { after: number; lettersMax?: number | undefined }): Promise<DeadLetterPage> {
    const { after, lettersMax = this.#limits.pageEventsDefault } = query;
    checkAmount(lettersMax, 'page_size', this.#limits.pageEventsMax);
    const source = { store: this.#store, limits: this.#limits };
    return listDeadLetters(source, await this.#stateOf(group, 'group'), { after, lettersMax });
  }

  async replay(group: string, positions: readonly number[]): Promise<number> {
    checkPositions(positions, this.#limits);
    const { outstandingMax } = this.#limits;
    return this.#live
      .get(group)
      .run((draft, nowMs) => replay(this.#store.consumers, draft, positions, { outstandingMax, nowMs }));
  }

  async deleteDeadLetters(group: string, positions: readonly number[]): Promise<number> {
    checkPositions(positions, this.#limits);
    const { consumers } = this.#store;
    const deleteThem = (those: readonly number[]) =>
      this.#live.get(group).run((draft) => deleteDeadLetters(consumers, draft, those));
    if (positions.length > 0) return deleteThem(positions);
    let deleted = 0;
    for await (const letters of pagesOfLetters(consumers, group, 0, Infinity)) {
      deleted += await deleteThem(letters.map(({ position }) => position));
    }
    return deleted;
  }

  close(): Promise<void> {
    return this.#live.close();
  }

  async #stateOf(name: string, field: string): Promise<GroupState> {
    this.#live.refuseWhenClosed();
    checkGroupName(name, field, this.#limits);
    const state = await this.#store.consumers.group(name);
    if (state) return state;
    throw groupNotFound(name);
  }

  #decode(deliveryIds: readonly string[]) {
    checkIds(deliveryIds, this.#limits);
    return decodeDeliveryIds(deliveryIds);
  }
}

function viewOf(state: GroupState, head: number): GroupView {
  const { name, settings, cursor, createdTimeMs, outstanding, deadLetterCount } = state;
  const counts = { outstanding: outstanding.length, backlog: Math.max(0, head - cursor), deadLetters: deadLetterCount };
  return { name, settings, cursor, createdTimeMs, ...counts };
}
