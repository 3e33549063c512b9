// The publish use case: validate, wait for room or refuse, commit in a group, answer one outcome per event.
import {
  bodyBytes,
  type EventAppender,
  type Limits,
  type NewEvent,
  OncelogError,
  type Outcome,
  validateEvents,
  violated,
} from '@oncelog/core';
import { createCommitQueue } from './commit-queue.ts';

/** What an event costs in the queue beside its own bytes: objects, digests, promises. */
const eventOverheadBytes = 200;

/** A full queue empties at tens of MiB a second; a client that comes back after this finds room. */
const retryAfterFullMs = 250;
const retryAfterShutdownMs = 1000;

export interface PublishOptions {
  /** The bound of the protocol that carried the events. */
  readonly eventsMax: number;
  /** refuse: answer QUEUE_FULL at once. wait: hold the caller back until there is room, as streams want it. */
  readonly whenFull: 'refuse' | 'wait';
  /** Ends the wait for room; an event that is queued is committed nevertheless. */
  readonly signal?: AbortSignal | undefined;
  /** The events have passed `check` already. */
  readonly checked?: boolean | undefined;
}

export interface Ingest {
  /** How full the queue is: 0 when empty, 1 at its bound; one batch larger than the bound makes it more. */
  readonly queueFill: number;
  /** Throws what `publish` would refuse the events for by themselves, whatever the queue and the store say. */
  check(events: readonly NewEvent[], options: Pick<PublishOptions, 'eventsMax'>): void;
  /** Resolves after the commit that holds the events is flushed, with one outcome per event in order. */
  publish(events: readonly NewEvent[], options: PublishOptions): Promise<Outcome[]>;
  /** Refuses what comes from now on and resolves when everything queued is committed. */
  drain(): Promise<void>;
}

export function createIngest({ log, limits }: { log: EventAppender; limits: Limits }): Ingest {
  const queue = createCommitQueue(log);
  let draining = false;

  function assertOpen(): void {
    if (draining) throw shuttingDown();
  }

  function hasRoom(bytes: number): boolean {
    return queue.bytes === 0 || queue.bytes + bytes <= limits.queueBytesMax;
  }

  function assertRoom(bytes: number): void {
    if (hasRoom(bytes)) return;
    const description = `holds ${queue.bytes} of at most ${limits.queueBytesMax} bytes; send the same ids again later`;
    throw new OncelogError('QUEUE_FULL', `the ingest queue ${description}`, {
      violations: [{ field: 'queue', description, limit: limits.queueBytesMax, actual: queue.bytes }],
      retryAfterMs: retryAfterFullMs,
    });
  }

  // In line, so that a small message of a stream never overtakes a large one before it. Room is found and taken in
  // one step: callers that wake together would all find the same room free otherwise.
  let line: Promise<unknown> = Promise.resolve();
  let inLine = 0;

  async function enqueueInTurn(events: readonly NewEvent[], bytes: number, signal?: AbortSignal): Promise<Outcome[]> {
    if (inLine === 0 && hasRoom(bytes)) return queue.enqueue(events, bytes);
    inLine += 1;
    const turn = line.then(async () => {
      while (!hasRoom(bytes)) await queue.shrunk();
      signal?.throwIfAborted();
      assertOpen();
      // Wrapped, so that the next in line waits for this one's place in the queue only, not for its commit.
      return { committed: queue.enqueue(events, bytes) };
    });
    line = turn.catch(() => {}).finally(() => (inLine -= 1));
    const { committed } = await turn;
    return committed;
  }

  function check(events: readonly NewEvent[], { eventsMax }: Pick<PublishOptions, 'eventsMax'>): void {
    if (events.length > eventsMax) throw tooManyEvents(eventsMax, events.length);
    validateEvents(events, limits);
  }

  return {
    get queueFill() {
      return queue.bytes / limits.queueBytesMax;
    },
    check,
    async publish(events, options) {
      const { whenFull, signal, checked = false } = options;
      assertOpen();
      if (!checked) check(events, options);
      if (events.length === 0) return [];
      const bytes = events.reduce((sum, event) => sum + queuedBytes(event), 0);
      if (whenFull === 'wait') return enqueueInTurn(events, bytes, signal);
      assertRoom(bytes);
      return queue.enqueue(events, bytes);
    },
    async drain() {
      draining = true;
      while (queue.bytes > 0) await queue.shrunk();
    },
  };
}

export function shuttingDown(): OncelogError {
  return new OncelogError('SHUTTING_DOWN', 'the server is shutting down; send the same ids again to its successor', {
    retryAfterMs: retryAfterShutdownMs,
  });
}

export function tooManyEvents(limit: number, actual: number): OncelogError {
  const description = `must be at most ${limit} in one request, are ${actual}; send them in several, or as a stream`;
  return violated('TOO_MANY_EVENTS', [{ field: 'events', description, limit, actual }]);
}

function queuedBytes(event: NewEvent): number {
  return event.topic.length + event.eventId.length + event.source.length + bodyBytes(event) + eventOverheadBytes;
}
