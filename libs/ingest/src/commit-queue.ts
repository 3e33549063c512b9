// Group commit: whatever queued up while the last commit ran shares the next one, and with it one flush to disk.
import type { EventStore, NewEvent, Outcome } from '@oncelog/core';

/** Past this a larger transaction gains nothing measurable, and everything in it waits longer. */
const groupEventsMax = 5000;

/**
 * A second group is handed to the store while the first one commits only when it is at least this large: a big group
 * keeps the store's thread busy, while splitting a small one would cost a flush of its own.
 */
const overlapEventsMin = 500;
const commitsInFlightMax = 2;

interface WaitingBatch {
  readonly events: readonly NewEvent[];
  readonly bytes: number;
  readonly resolve: (outcomes: Outcome[]) => void;
  readonly reject: (reason: unknown) => void;
}

export interface CommitQueue {
  /** Bytes that wait or are being committed. */
  readonly bytes: number;
  /** Resolves after the commit that holds the events is flushed. */
  enqueue(events: readonly NewEvent[], bytes: number): Promise<Outcome[]>;
  /** Resolves when the bytes in the queue have become fewer, or nothing is left. */
  shrunk(): Promise<void>;
}

export function createCommitQueue(store: EventStore): CommitQueue {
  const waiting: WaitingBatch[] = [];
  let waitingEvents = 0;
  let bytes = 0;
  let commitsInFlight = 0;
  let onShrunk: (() => void)[] = [];
  let pumpScheduled = false;

  /** One turn later, so that all requests which arrived together share the next commit. */
  function schedulePump(): void {
    if (pumpScheduled) return;
    pumpScheduled = true;
    setImmediate(() => {
      pumpScheduled = false;
      pump();
    });
  }

  function pump(): void {
    while (waiting.length > 0 && commitsInFlight < commitsInFlightMax) {
      if (commitsInFlight > 0 && waitingEvents < overlapEventsMin) return;
      void commit(takeGroup());
    }
  }

  function takeGroup(): WaitingBatch[] {
    let events = 0;
    let count = 0;
    while (count < waiting.length && (count === 0 || events + waiting[count]!.events.length <= groupEventsMax)) {
      events += waiting[count]!.events.length;
      count += 1;
    }
    waitingEvents -= events;
    return waiting.splice(0, count);
  }

  async function commit(group: readonly WaitingBatch[]): Promise<void> {
    commitsInFlight += 1;
    try {
      const outcomes = await store.append(group.map(({ events }) => events));
      group.forEach(({ resolve }, index) => resolve(outcomes[index]!));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    commitsInFlight -= 1;
    for (const batch of group) bytes -= batch.bytes;
    const wake = onShrunk;
    onShrunk = [];
    for (const resolve of wake) resolve();
    pump();
  }

  return {
    get bytes() {
      return bytes;
    },
    enqueue(events, eventsBytes) {
      return new Promise((resolve, reject) => {
        waiting.push({ events, bytes: eventsBytes, resolve, reject });
        waitingEvents += events.length;
        bytes += eventsBytes;
        schedulePump();
      });
    },
    shrunk() {
      return bytes === 0 ? Promise.resolve() : new Promise((resolve) => onShrunk.push(resolve));
    },
  };
}
