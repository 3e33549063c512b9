// One subscriber's way through the log: from the store as long as there is a backlog, then from the live window.
import {
  bodyBytes,
  type EventFilter,
  type EventStore,
  isErased,
  type Limits,
  type LogEntry,
  passesFilter,
  type TailSlice,
} from '@oncelog/core';
import type { LiveWindow } from './live-window.ts';
import { Pause } from './pause.ts';
import type { Turns } from './turns.ts';

/** `position` is where the subscriber stands: everything up to it has been looked at. */
export type Delivered =
  | { readonly kind: 'batch'; readonly entries: readonly LogEntry[]; readonly position: number }
  | { readonly kind: 'caughtUp'; readonly position: number }
  | { readonly kind: 'progress'; readonly position: number };

export interface SubscriptionOptions {
  readonly filter: EventFilter;
  /** Exclusive. */
  readonly after: number;
  readonly endWhenCaughtUp: boolean;
  /** How long nothing may be said. */
  readonly heartbeatMs: number;
}

export interface SubscriptionSource {
  readonly store: EventStore;
  readonly window: LiveWindow;
  readonly backlog: Turns;
  readonly limits: Limits;
}

/** Ends, or throws the signal's reason, as soon as the signal aborts. */
export async function* follow(
  source: SubscriptionSource,
  { filter, after, endWhenCaughtUp, heartbeatMs }: SubscriptionOptions,
  signal: AbortSignal,
): AsyncGenerator<Delivered, void, undefined> {
  const { window, limits } = source;
  const pause = new Pause(signal, heartbeatMs);
  let position = after;
  let caughtUp = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      // Where the end is, only the store knows; the window may lag behind it.
      const live = caughtUp ? window.after(position) : undefined;
      const slice = live ? sliceOf(live, filter, position, limits) : await readBacklog(source, filter, position);
      position = slice.scannedTo;
      if (slice.entries.length > 0) {
        pause.saidSomething();
        yield { kind: 'batch', entries: slice.entries, position };
      } else if (!caughtUp && position >= slice.head) {
        caughtUp = true;
        pause.saidSomething();
        yield { kind: 'caughtUp', position };
        if (endWhenCaughtUp) return;
      } else if (pause.heartbeatDue) {
        pause.saidSomething();
        yield { kind: 'progress', position };
      } else if (position >= slice.head) {
        await pause.until((wake) => window.wait(position, wake));
      }
    }
  } finally {
    pause.end();
  }
}

/**
 * One slice at a time for all who catch up. A hundred of them would otherwise put a hundred reads of 1 to 3 ms before
 * the next one of the live window, and what they read would be put into words on the thread that serves the live.
 */
function readBacklog({ store, backlog, limits }: SubscriptionSource, filter: EventFilter, after: number) {
  const { batchEventsMax: eventsMax, batchBytesMax: bytesMax, pageScanMax: scanMax } = limits;
  return backlog.inTurn(() => store.tail({ filter, after, eventsMax, bytesMax, scanMax }));
}

/** As the store would cut it. */
function sliceOf(
  live: readonly LogEntry[],
  filter: EventFilter,
  after: number,
  { batchEventsMax, batchBytesMax }: Limits,
): TailSlice {
  const head = live.at(-1)?.position ?? after;
  const entries: LogEntry[] = [];
  let bytes = 0;
  for (const entry of live) {
    if (!passesFilter(filter, entry)) continue;
    bytes += isErased(entry) ? 0 : bodyBytes(entry);
    if (entries.length === batchEventsMax || (entries.length > 0 && bytes > batchBytesMax)) {
      return { entries, scannedTo: entries.at(-1)!.position, head };
    }
    entries.push(entry);
  }
  return { entries, scannedTo: head, head };
}
