// A stream of publishes whose messages are read one after another, as the Connect library hands them over.
import type { NewEvent, PublishSummary } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { StreamPublisher } from './stream-publisher.ts';
import { untilAborted } from './until-aborted.ts';

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
