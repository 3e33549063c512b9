// What consumer groups are asked for and what they answer, in words of no protocol.
import type { EventFilter, GroupSettings, LogEntry } from '@oncelog/core';

/** An event on its way to a member. */
export interface Delivery {
  readonly entry: LogEntry;
  readonly deliveryId: string;
  /** 1 for the first delivery. */
  readonly attempt: number;
  readonly leaseExpiryTimeMs: number;
}

/** done: durable. leaseLost: not done, the delivery is no longer the member's to settle. */
export type SettleResult = 'done' | 'alreadySettled' | 'leaseLost';

export interface GroupView {
  readonly name: string;
  readonly settings: GroupSettings;
  readonly cursor: number;
  readonly outstanding: number;
  /** Events behind the cursor, whether or not they pass the filter. */
  readonly backlog: number;
  readonly deadLetters: number;
  readonly createdTimeMs: number;
}

export type GroupStart = 'beginning' | 'now';

/** What is absent takes its default. */
export interface CreateGroupRequest {
  readonly name: string;
  readonly filter: EventFilter;
  readonly leaseMs?: number | undefined;
  readonly attemptsMax?: number | undefined;
  /** Exclusive; goes without `start`. */
  readonly after?: number | undefined;
  readonly start?: GroupStart | undefined;
}

export interface PullRequest {
  readonly group: string;
  readonly member: string;
  readonly eventsMax?: number | undefined;
  /** How long to wait for the first event. */
  readonly waitMs: number;
}

export interface StreamRequest {
  readonly group: string;
  readonly member: string;
  /** Unsettled at this stream at a time. */
  readonly windowEvents?: number | undefined;
}

export interface RejectOptions {
  readonly delayMs: number;
  readonly reason: string;
}

export interface ExtendedLeases {
  readonly results: readonly SettleResult[];
  readonly leaseExpiryTimeMs: number;
}

/** after: exclusive. sinceMs: the first event stored then or later is the next one. */
export type SeekTarget = { readonly after: number } | { readonly sinceMs: number } | { readonly start: GroupStart };

export interface DeadLetterView {
  readonly entry: LogEntry;
  readonly attempts: number;
  readonly reason: string;
  readonly deadTimeMs: number;
}

export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetterView[];
  /** Where the next page goes on; absent at the end. */
  readonly nextAfter?: number;
}
