// A stream of publishes whose messages are read one after another, as the Connect library hands them over.
import type { NewEvent, PublishSummary } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { cutShort } from '../failures/cut-short.ts';
import { StreamPublisher } from './stream-publisher.ts';

export async function publishStream(
  ingest: Ingest,
  batches: AsyncIterable<readonly NewEvent[]>,
  { eventsMax, signal }: { eventsMax: number; signal: AbortSignal },
): Promise<PublishSummary> {
  let goOn = () => {};
  const resume = () => goOn();
  const publisher = new StreamPublisher(ingest, { eventsMax, signal, onRoom: resume, onFailure: resume });
  try {
    for await (const events of untilAborted(batches, signal)) {
      if (!publisher.failed && !publisher.push(events)) await new Promise<void>((resolve) => (goOn = resolve));
      if (publisher.failed) break;
    }
  } catch (cause) {
    publisher.fail(cause);
  }
  return publisher.end();
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

/** A shutdown and a deadline say what they are; a client that has left says nothing. */
function reasonOf({ reason }: AbortSignal): unknown {
  return reason instanceof DOMException ? cutShort() : reason;
}
