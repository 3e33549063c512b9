export type { TableRows } from './import/copied-rows.ts';
export type { CopiedLog, LogImport } from './import/log-import.ts';
export { openLogForImport } from './import/open-log-for-import.ts';
export { createPostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.ts';
