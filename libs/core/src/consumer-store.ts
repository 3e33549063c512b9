// The port through which the places of consumer groups are kept.
//
// Who decides about deliveries is not the store: it keeps
// whole states, and changes of them that hold only if nobody else has changed the group meanwhile.
import type { EventFilter } from './event-filter.ts';

export interface ConsumerStore {
  /** All groups with their states. */
  groups(): Promise<readonly GroupState[]>;
  /** Undefined when there is none of the name. */
  group(name: string): Promise<GroupState | undefined>;

  /** False when the name is taken; nothing is changed then. */
  createGroup(group: NewGroup): Promise<boolean>;
  /** With its outstanding events and dead letters; false when there is none. */
  deleteGroup(name: string): Promise<boolean>;

  /**
   * All of the changes in one transaction, resolved after the flush, one answer each in order. A change whose group is
   * gone or has another version than it expects is not made, and answers false; the others are made nevertheless.
   */
  change(changes: readonly GroupChange[]): Promise<readonly boolean[]>;

  /**
   * Told of groups that were changed, by other processes too: a hint to ask again, never the truth. Returns what ends
   * it.
   */
  watchGroups(onChange: (change: ChangedGroup) => void): () => void;

  /** By position, after one. */
  deadLetters(group: string, query: { readonly after: number; readonly max: number }): Promise<readonly DeadLetter[]>;
}

export interface ChangedGroup {
  /** Absent: any of them may have been. */
  readonly name?: string;
  /** That it has now, at least; beyond all when it is gone. */
  readonly version: number;
}

export interface GroupSettings {
  readonly filter: EventFilter;
  readonly leaseMs: number;
  readonly attemptsMax: number;
}

export interface NewGroup {
  readonly name: string;
  readonly settings: GroupSettings;
  readonly cursor: number;
  readonly createdTimeMs: number;
}

export interface GroupState extends NewGroup {
  /** One more with every change; 1 when the group is new. */
  readonly version: number;
  /** One more with every seek: what was delivered before it can no longer be settled. 1 when the group is new. */
  readonly epoch: number;
  /** Nothing behind `cursor` has been delivered; of what lies before it, these are not settled. By position. */
  readonly outstanding: readonly Outstanding[];
  readonly deadLetterCount: number;
}

export interface Outstanding {
  readonly position: number;
  /** Deliveries so far. */
  readonly attempts: number;
  /** The end of the lease or of the delay: it may be delivered again from then on. */
  readonly dueTimeMs: number;
  /** Who has it; empty when it waits to come again. */
  readonly member: string;
  /** Of the last rejection. */
  readonly reason: string;
}

export interface DeadLetter {
  readonly position: number;
  readonly attempts: number;
  readonly reason: string;
  readonly deadTimeMs: number;
}

/** In the order of its fields; what is absent stays as it is. */
export interface GroupChange {
  readonly name: string;
  readonly expectedVersion: number;
  readonly cursor?: number;
  readonly epoch?: number;
  /** Forgets everything outstanding first, as a seek does. */
  readonly forgetsOutstanding?: boolean;
  /** No longer outstanding. */
  readonly settled?: readonly number[];
  /** Outstanding from now on, or changed. */
  readonly outstanding?: readonly Outstanding[];
  /** Added; what is dead is settled as well. */
  readonly dead?: readonly DeadLetter[];
  /** Dead letters that are none any more. */
  readonly revived?: readonly number[];
}
