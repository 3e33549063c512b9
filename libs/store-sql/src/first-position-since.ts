// Where a time begins in the log: stored times never run backwards, so bisecting the positions finds it.
import type { LogDatabase } from './entities.ts';

/** The lowest position stored at `timeMs` or later; head + 1 when there is none. */
export async function firstPositionSince(db: LogDatabase, timeMs: number, head: number): Promise<number> {
  let low = 1;
  let high = head + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { stored_time_ms: storedTimeMs } = await db
      .selectFrom('event_key')
      .select('stored_time_ms')
      .where('position', '=', middle)
      .executeTakeFirstOrThrow();
    if (storedTimeMs >= timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
