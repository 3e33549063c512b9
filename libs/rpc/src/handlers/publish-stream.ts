// One stream of publishes: every message its own transaction, several of them on their way at once.
import {
  emptySummary,
  type NewEvent,
  OncelogError,
  type Outcome,
  type PublishSummary,
  summarize,
  violated,
} from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';

/**
 * Messages of one stream that may wait for their commit together. One at a time would pay a flush each; what is
 * beyond the window stays with the sender, held back by the transport's own flow control.
 */
const commitsAheadMax = 32;

/** Ends a stream: why, and what of it is committed. */
export class StreamFailure extends Error {
  readonly summary: PublishSummary;

  constructor(cause: unknown, summary: PublishSummary) {
    super('the stream ended before its end', { cause });
    this.name = 'StreamFailure';
    this.summary = summary;
  }
}

export async function publishStream(
  ingest: Ingest,
  batches: AsyncIterable<readonly NewEvent[]>,
  { eventsMax, signal }: { eventsMax: number; signal: AbortSignal },
): Promise<PublishSummary> {
  let summary = emptySummary;
  let failure: { readonly cause: unknown } | undefined;
  const pending = new Set<Promise<void>>();

  const commit = async (events: readonly NewEvent[]): Promise<void> => {
    const outcomes: Outcome[] = await ingest.publish(events, { eventsMax, whenFull: 'wait', signal, checked: true });
    summary = summarize(outcomes, summary);
  };

  try {
    for await (const events of untilAborted(batches, signal)) {
      if (failure) break;
      if (events.length === 0) throw emptyMessage();
      // Before the next message is read: nothing after a bad one may be stored.
      ingest.check(events, { eventsMax });
      const commitment = commit(events)
        .catch((cause: unknown) => {
          failure ??= { cause };
        })
        .finally(() => pending.delete(commitment));
      pending.add(commitment);
      if (pending.size >= commitsAheadMax) await Promise.race(pending);
    }
  } catch (cause) {
    failure ??= { cause };
  }
  await Promise.all(pending);
  if (failure) throw new StreamFailure(failure.cause, summary);
  return summary;
}

/** A sender that keeps its stream open without sending must not hold up a shutdown: the wait for it ends at once. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await nextUnlessAborted(iterator, signal);
    if (done) return;
    yield value;
  }
}

/** One listener a wait: racing against one promise for the whole stream would keep every lost race in memory. */
function nextUnlessAborted<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(reasonOf(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** A shutdown and a deadline say what they are; a client that has left says nothing, and is no fault of ours. */
function reasonOf({ reason }: AbortSignal): unknown {
  if (!(reason instanceof DOMException)) return reason;
  return violated('MALFORMED', [{ field: 'request', description: 'is cut short' }]);
}

function emptyMessage(): OncelogError {
  const violations = [{ field: 'events', description: 'must hold at least one event', limit: 1, actual: 0 }];
  return new OncelogError('RULE_BROKEN', 'events: must hold at least one event', { violations });
}
