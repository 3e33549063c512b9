// Reading what a client sends, until its call is ended from outside.
import { cutShort } from '../failures/cut-short.ts';

/** A sender that keeps its stream open without sending must not hold up a shutdown: the wait for it ends at once. */
export async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncIterable<T> {
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
export function reasonOf({ reason }: AbortSignal): unknown {
  return reason instanceof DOMException ? cutShort() : reason;
}
