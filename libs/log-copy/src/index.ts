// Copies a whole log from one store to another, and proves that it did.
export { copyLog, type CopyOptions } from './copy-log.ts';
export type { CopiedRows, CopyProgress, CopyReport } from './copy-report.ts';
/** What a copy fails with. */
export { OncelogError } from '@oncelog/core';
