// A group at work: its operations one turn after another, each turn one change of the store; and whoever waits for it.
//
// Whatever has gathered while a turn's change was flushed shares the next one. The store is the authority: when it
// answers that somebody else has changed the group, everything is decided anew from what it holds then.
import { type GroupChange, OncelogError } from '@oncelog/core';
import { Holds } from './holds.ts';
import { type Leases, leaseEvents, type LeaseSource } from './leasing.ts';
import type { Member } from './member.ts';
import { type Place, PlaceDraft, placeOf } from './place.ts';

export interface LiveGroupOptions extends LeaseSource {
  readonly clock: () => number;
  /** How far the log reaches, as far as commits were heard of. */
  readonly headHeard: () => number;
  /** Nothing is known of the group and nobody waits for it. */
  readonly onUnused: () => void;
}

/** Decides over a draft, anew until a draft holds; what it returns is called when the change is durable. */
interface Operation {
  readonly decide: (draft: PlaceDraft, nowMs: number) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

interface Decided {
  readonly operation: Operation;
  readonly answer: () => void;
}

export class LiveGroup {
  readonly #name: string;
  readonly #options: LiveGroupOptions;
  readonly #holds = new Holds();
  /** Whose turn is next comes first. */
  #members: Member[] = [];
  #operations: Operation[] = [];
  /** Undefined while only the store knows. */
  #place: Place | undefined;
  #headSeen = 0;
  /** A head heard of is a hint and never the truth: whoever comes looks for himself. */
  #looksAtLog = true;
  /** The highest that the store has told of since it was asked last. */
  #versionHeard = 0;
  /** Something has happened that those who wait may get something by. */
  #mayGive = false;
  /** Somebody has come since the place was last known to be that of the store. */
  #unproven = false;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;

  constructor(name: string, options: LiveGroupOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Resolves with what was decided, after it is durable. */
  run<Answer>(decide: (draft: PlaceDraft, nowMs: number) => Answer | Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#operations.push({
        decide: async (draft, nowMs) => {
          const answer = await decide(draft, nowMs);
          return () => resolve(answer);
        },
        reject,
      });
      this.#start();
    });
  }

  join(member: Member): void {
    this.#members.push(member);
    this.#looksAtLog = true;
    this.#unproven = true;
    this.wake();
  }

  leave(member: Member): void {
    this.#members = this.#members.filter((each) => each !== member);
    this.#holds.forget(member);
    if (!this.#work) this.#wakeWhenDue();
  }

  /** Those who wait may get something now, or wait no longer. */
  wake(): void {
    this.#mayGive = true;
    if (this.#members.length > 0) this.#start();
  }

  /** There is more in the log: of interest to those who have room for it. */
  headMoved(): void {
    if (this.#members.some(({ room }) => room > 0)) this.wake();
  }

  /** Perhaps by another process: whether there is something for those who wait, only the store knows. */
  changedTo(version: number): void {
    this.#versionHeard = Math.max(this.#versionHeard, version);
    if (this.#isBehind) this.#start();
  }

  get #isBehind(): boolean {
    return this.#members.length > 0 && this.#place !== undefined && this.#place.version < this.#versionHeard;
  }

  /** The store is asked before anything is decided. */
  forgetPlace(): void {
    this.#place = undefined;
    this.#mayGive = true;
    this.#start();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#work) await this.#work;
    clearTimeout(this.#timer);
  }

  #start(): void {
    this.#work ??= this.#takeTurns();
  }

  async #takeTurns(): Promise<void> {
    // One turn of the event loop later, so that all calls which arrived together share the first change.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#operations.length > 0 || this.#isBehind || (this.#mayGive && this.#members.length > 0)) {
      const batch = this.#operations;
      this.#operations = [];
      this.#mayGive = false;
      await this.#takeTurn(batch).catch((error: unknown) => this.#fail(batch, error));
    }
    this.#work = undefined;
    this.#wakeWhenDue();
    if (!this.#place && this.#members.length === 0) this.#options.onUnused();
  }

  async #takeTurn(batch: readonly Operation[]): Promise<void> {
    if (this.#isBehind) this.#place = undefined;
    const known = this.#place;
    const place = known ?? (await this.#load());
    // What changes nothing may rest on what another process has changed long ago.
    const proven = !known || (batch.length === 0 && !this.#unproven);
    this.#unproven = false;
    const nowMs = this.#options.clock();
    // Windows have room for what others have settled.
    if (!known) this.#holds.release(place, nowMs);
    const draft = new PlaceDraft(place);
    const decided = await decideAll(batch, draft, nowMs);
    const leases = await this.#lease(draft, nowMs);
    const { change } = draft;
    if (!(change ? await this.#isMade(change) : proven || (await this.#isCurrent(place)))) {
      this.#place = undefined;
      this.#operations.unshift(...decided.map(({ operation }) => operation));
      this.#mayGive = true;
      return;
    }
    this.#place = draft.after;
    this.#holds.release(this.#place, nowMs);
    for (const { answer } of decided) answer();
    this.#handOut(leases);
    if (change || leases.more) this.#mayGive = true;
  }

  async #load(): Promise<Place> {
    this.#versionHeard = 0;
    const state = await this.#options.store.consumers.group(this.#name);
    if (state) return placeOf(state);
    throw groupNotFound(this.#name);
  }

  async #isMade(change: GroupChange): Promise<boolean> {
    const [made] = await this.#options.store.consumers.change([change]);
    return made === true;
  }

  async #isCurrent({ version, createdTimeMs }: Place): Promise<boolean> {
    const state = await this.#options.store.consumers.group(this.#name);
    return state?.version === version && state.createdTimeMs === createdTimeMs;
  }

  /** When the log cannot be read those who wait are told, and what is to be settled is settled nevertheless. */
  async #lease(draft: PlaceDraft, nowMs: number): Promise<Leases> {
    const looks = this.#looksAtLog;
    this.#looksAtLog = false;
    const head = looks ? Infinity : Math.max(this.#headSeen, this.#options.headHeard());
    const takers = () => this.#members.filter(({ room }) => room > 0);
    try {
      const leases = await leaseEvents(this.#options, draft, { nowMs, head, takers });
      if (leases.head === undefined) this.#looksAtLog ||= looks;
      else this.#headSeen = leases.head;
      return leases;
    } catch (error) {
      this.#looksAtLog = true;
      this.#failMembers(error);
      return { shares: new Map(), more: false };
    }
  }

  #handOut({ shares, more }: Leases): void {
    const waiting = this.#members.filter((member) => !shares.has(member));
    const served = this.#members.filter((member) => shares.has(member));
    const stay = served.filter((member) => {
      const share = shares.get(member)!;
      for (const { outstanding } of share) this.#holds.take(member, outstanding);
      return member.give(share.map(({ delivery }) => delivery));
    });
    this.#members = [...waiting.filter((member) => (more && member.room > 0) || member.giveNothing()), ...stay];
  }

  /** Whether the change was made is not known when the store fails: the next one is refused then, and decided anew. */
  #fail(batch: readonly Operation[], error: unknown): void {
    for (const { reject } of batch) reject(error);
    this.#failMembers(error);
  }

  #failMembers(error: unknown): void {
    const members = this.#members;
    this.#members = [];
    for (const member of members) {
      this.#holds.forget(member);
      member.fail(error);
    }
  }

  /** What is due by now waits for a member that has room, who wakes the group himself. */
  #wakeWhenDue(): void {
    clearTimeout(this.#timer);
    if (!this.#place || this.#members.length === 0) return;
    const nowMs = this.#options.clock();
    let next = Infinity;
    for (const { dueTimeMs } of this.#place.outstanding.values()) {
      if (dueTimeMs > nowMs && dueTimeMs < next) next = dueTimeMs;
    }
    if (next < Infinity) this.#timer = setTimeout(() => this.#becomeDue(), next - nowMs);
  }

  #becomeDue(): void {
    if (this.#place) this.#holds.release(this.#place, this.#options.clock());
    this.wake();
  }
}

/** What is refused is out; the others go on. */
async function decideAll(batch: readonly Operation[], draft: PlaceDraft, nowMs: number): Promise<Decided[]> {
  const decided: Decided[] = [];
  for (const operation of batch) {
    try {
      decided.push({ operation, answer: await operation.decide(draft, nowMs) });
    } catch (error) {
      operation.reject(error);
    }
  }
  return decided;
}

export function groupNotFound(name: string): OncelogError {
  return new OncelogError('NOT_FOUND', `there is no consumer group ${JSON.stringify(name)}; create it first`);
}
