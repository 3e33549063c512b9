// One transaction from batches that are all there already.
import type { EventAppender } from '../event-store.ts';
import type { NewEvent } from '../event.ts';
import type { Outcome } from '../outcome.ts';

export async function append(
  log: EventAppender,
  batches: readonly (readonly NewEvent[])[],
): Promise<readonly (readonly Outcome[])[]> {
  const group = log.startGroup();
  for (const batch of batches) group.add(batch);
  return group.commit();
}
