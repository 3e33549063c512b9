// Waiting for the events of a group, as one pull or as a stream.
import type { Limits } from '@oncelog/core';
import { checkAmount, checkMember, checkSpan } from './group-rules.ts';
import type { Delivery, PullRequest, StreamRequest } from './group-types.ts';
import { type LiveGroups, shuttingDown } from './live-groups.ts';
import { PullMember, StreamMember } from './member.ts';

/** Empty when nothing came in time, when the signal aborts and when the groups are closed. */
export async function pullEvents(
  groups: LiveGroups,
  limits: Limits,
  { group, member, waitMs, eventsMax = limits.pageEventsDefault }: PullRequest,
  signal: AbortSignal,
): Promise<readonly Delivery[]> {
  checkMember(member, limits);
  checkAmount(eventsMax, 'events_max', limits.pageEventsMax);
  checkSpan(waitMs, 'wait', 0, limits.pullWaitMsMax);
  groups.refuseWhenFull();
  const live = groups.get(group);
  const pull = new PullMember(member, eventsMax, waitMs > 0);
  const leave = () => {
    pull.leave();
    live.wake();
  };
  const timer = setTimeout(() => {
    pull.stopWaiting();
    live.wake();
  }, waitMs);
  signal.addEventListener('abort', leave);
  const ignoreClose = groups.onClose(leave);
  live.join(pull);
  if (signal.aborted) leave();
  try {
    return await pull.deliveries;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    ignoreClose();
  }
}

export async function* streamEvents(
  groups: LiveGroups,
  limits: Limits,
  { group, member, windowEvents = limits.pageEventsDefault }: StreamRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly Delivery[], void, undefined> {
  checkMember(member, limits);
  checkAmount(windowEvents, 'window_events', limits.pageEventsMax);
  groups.refuseWhenFull();
  const live = groups.get(group);
  const stream = new StreamMember(member, windowEvents);
  const ignoreClose = groups.onClose(() => stream.fail(shuttingDown()));
  live.join(stream);
  try {
    for (;;) {
      const deliveries = await stream.next(limits.heartbeatMsDefault, signal, () => live.wake());
      signal.throwIfAborted();
      yield deliveries;
    }
  } finally {
    ignoreClose();
    live.leave(stream);
  }
}
