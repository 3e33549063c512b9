// What an error of SQLite means for those who wait for an answer.
import { OncelogError } from '@oncelog/core';

/** Room comes back when somebody makes it: asking more often than this only heats the machine. */
const diskFullRetryAfterMs = 1000;

const diskFull = 'the disk under the data directory is full; make room there, then send the same ids again';

/** After these nothing is known of what reached the disk: only a new process, which reads it afresh, can tell. */
const fatalCodes = [
  'SQLITE_IOERR',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_READONLY_DBMOVED',
  // The unique index found a key twice, which no path of ours leads to: the last defence of exactly once.
  'SQLITE_CONSTRAINT',
];
const busyCodes = ['SQLITE_BUSY', 'SQLITE_LOCKED'];

export function hasSqliteCode(error: unknown, ...families: readonly string[]): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && families.some((family) => code === family || code.startsWith(`${family}_`));
}

export function isFatal(error: unknown): boolean {
  return hasSqliteCode(error, ...fatalCodes);
}

/** A write that failed and was rolled back: nothing of it is stored. */
export function refusedWrite(error: unknown): OncelogError {
  if (error instanceof OncelogError) return error;
  if (hasSqliteCode(error, 'SQLITE_FULL')) {
    return new OncelogError('DISK_FULL', diskFull, { retryAfterMs: diskFullRetryAfterMs, cause: error });
  }
  if (hasSqliteCode(error, ...busyCodes)) {
    return new OncelogError('STORE_UNAVAILABLE', 'another program holds the database', {
      retryAfterMs: diskFullRetryAfterMs,
      cause: error,
    });
  }
  return new OncelogError('INTERNAL', `the write failed: ${messageOf(error)}`, { cause: error });
}

/** A write after which the store must not be written again: some of it may be stored. */
export function fatalWrite(error: unknown): OncelogError {
  return new OncelogError('STORE_UNAVAILABLE', `the store stopped writing: ${messageOf(error)}`, {
    outcome: 'unknown',
    cause: error,
  });
}

export function failedRead(error: unknown): OncelogError {
  if (error instanceof OncelogError) return error;
  if (hasSqliteCode(error, 'SQLITE_CORRUPT', 'SQLITE_NOTADB')) {
    return new OncelogError('DATA_CORRUPTED', `the database is damaged: ${messageOf(error)}`, { cause: error });
  }
  const code = hasSqliteCode(error, 'SQLITE_IOERR', ...busyCodes) ? 'STORE_UNAVAILABLE' : 'INTERNAL';
  return new OncelogError(code, `the read failed: ${messageOf(error)}`, { cause: error });
}

export function failedStart(directory: string, error: unknown): OncelogError {
  if (error instanceof OncelogError) return error;
  if (hasSqliteCode(error, 'SQLITE_CORRUPT', 'SQLITE_NOTADB')) {
    return new OncelogError('DATA_CORRUPTED', `the log in ${directory} is damaged: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return new OncelogError('STORE_UNAVAILABLE', `the log in ${directory} cannot be opened: ${messageOf(error)}`, {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
