// How keys are joined with their bodies.
import type { JoinBuilder } from 'kysely';
import type { LogTables } from './entities.ts';

/** Both included. */
export interface PositionRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The bodies of keys in a range. Where bodies lie in partitions, those outside of it are left out when the statement is
 * planned: a range of the keys alone tells a planner nothing of the bodies.
 */
export function bodiesWithin({ first, last }: PositionRange) {
  return (join: JoinBuilder<LogTables, 'event_key' | 'event'>) =>
    join
      .onRef('event.position', '=', 'event_key.position')
      .on('event.position', '>=', first)
      .on('event.position', '<=', last);
}
