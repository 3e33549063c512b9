// A subscription as every protocol asks for it: checked, with its place in the log.
import { decodeCursor, encodeCursor, type EventFilter, OncelogError, validateFilter, violated } from '@oncelog/core';
import type { Delivered } from '@oncelog/delivery';
import { hasLeft } from '../failures/has-left.ts';
import type { EventLog } from './event-log.ts';

export type SubscribeLog = Pick<EventLog, 'subscriptions' | 'store' | 'limits'>;

export interface SubscribeRequest {
  readonly filter: EventFilter;
  /** A cursor, or empty. */
  readonly after: string;
  /** Goes without a cursor; the beginning when absent. */
  readonly start?: 'beginning' | 'now' | undefined;
  readonly endWhenCaughtUp: boolean;
  /** The default when absent. */
  readonly heartbeatMs?: number | undefined;
}

export interface SubscribeFields {
  /** How the protocol calls these. */
  readonly filter: string;
  readonly heartbeat: string;
}

/** Throws what is wrong with the request before anything is opened. */
export function subscribe(
  { subscriptions, store, limits }: SubscribeLog,
  { filter, after, start, endWhenCaughtUp, heartbeatMs = limits.heartbeatMsDefault }: SubscribeRequest,
  fields: SubscribeFields,
  signal: AbortSignal,
): AsyncGenerator<Delivered, void, undefined> {
  validateFilter(filter, limits, fields.filter);
  if (after !== '' && start !== undefined) {
    throw violated('RULE_BROKEN', [{ field: 'start', description: 'goes without a cursor: send `after` or `start`' }]);
  }
  const { heartbeatMsMin: min, heartbeatMsMax: max } = limits;
  if (!(heartbeatMs >= min && heartbeatMs <= max)) {
    const description = `must be from ${min / 1000} to ${max / 1000} seconds, is ${heartbeatMs / 1000}`;
    throw violated('RULE_BROKEN', [{ field: fields.heartbeat, description, limit: max, actual: heartbeatMs }]);
  }
  const position = after === '' ? undefined : decodeCursor(store.logId, after, 'after');
  const query = { filter, after: position, start: start ?? 'beginning', endWhenCaughtUp, heartbeatMs } as const;
  return endingWithCursor(subscriptions.subscribe(query, signal), store.logId, signal);
}

/** A failure says where to go on from. A client that has left is told nothing, and is no failure. */
async function* endingWithCursor(
  delivered: AsyncIterable<Delivered>,
  logId: string,
  signal: AbortSignal,
): AsyncGenerator<Delivered, void, undefined> {
  let position = 0;
  try {
    for await (const each of delivered) {
      position = each.position;
      yield each;
    }
  } catch (error) {
    if (error === signal.reason && hasLeft(error)) return;
    throw position > 0 && error instanceof OncelogError ? error.withCursor(encodeCursor(logId, position)) : error;
  }
}
