export * from './entities.ts';
export { eventIdBytes, eventIdOf, writeEventId } from './event-id-bytes.ts';
export { getEvent } from './get-event.ts';
export { listEvents } from './list-events.ts';
export { readStats } from './read-stats.ts';
export { missingEvent, verifyNewest } from './verify-newest.ts';
