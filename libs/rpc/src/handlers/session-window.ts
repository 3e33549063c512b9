// How far a session may run ahead of its answers: less when the ingest queue fills.

/** One full message is always welcome. */
const windowEventsMin = 1000;

/** As far as a stream without answers runs ahead of its commits: enough to fill three groups of a commit. */
const windowEventsMax = 16_000;

/** A window that changed with every answer would be told with every answer. */
const windowStepEvents = 1000;

/** The whole window until the queue is half full, from there in a straight line down to the least. */
export function windowEvents(queueFill: number): number {
  const share = Math.min(1, Math.max(0, 2 * (1 - queueFill)));
  const events = Math.floor((share * windowEventsMax) / windowStepEvents) * windowStepEvents;
  return Math.max(windowEventsMin, events);
}
