export { type LogForCopy, openLogForCopy } from './open-log-for-copy.ts';
export { createSqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.ts';
