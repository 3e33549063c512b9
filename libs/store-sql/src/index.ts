export * from './entities.ts';
export { eventIdBytes, eventIdOf, writeEventId } from './event-id-bytes.ts';
export { getEvent } from './get-event.ts';
export { listEvents } from './list-events.ts';
export { readDeadLetters, readGroup, readGroups } from './read-groups.ts';
export { readStats } from './read-stats.ts';
export { missingEvent } from './stored-event-row.ts';
export { tailEvents } from './tail-events.ts';
export { verifyNewest } from './verify-newest.ts';
