export * from './memory-event-store.ts';
export { createMemoryLog, type MemoryLog } from './memory-log.ts';
