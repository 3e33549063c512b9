// What failed, and what to do next.
import type { OncelogClientError } from '@oncelog/client';
import { UsageError } from './usage-error.ts';

const internalExitCode = 1;
export const usageExitCode = 2;
export const conflictExitCode = 3;

const nextSteps: Readonly<Partial<Record<OncelogClientError['code'], string>>> = {
  UNREACHABLE: 'is the aggregator running? start it with: npm start; or name another with --target host:port',
  TIMED_OUT: 'try again, or allow more time with --timeout; sending the same ids again is safe',
  QUEUE_FULL: 'the aggregator is busy; try again, sending the same ids again is safe',
  DISK_FULL: 'the aggregator needs disk space; afterwards try again with the same ids',
  STORE_UNAVAILABLE: 'try again; sending the same ids again is safe',
  SHUTTING_DOWN: 'try again when it is back; sending the same ids again is safe',
  CURSOR_EXPIRED: 'start without --after',
  WRONG_METHOD: 'is this an aggregator of oncelog? check --target',
  INTERNAL: "the aggregator's log has the details",
};

/** By name, not by class: the client is loaded only by the commands that need it. */
function isClientError(error: unknown): error is OncelogClientError {
  return error instanceof Error && error.name === 'OncelogClientError';
}

export function failureText(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (!isClientError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [`${error.code}: ${error.message}`];
  for (const { field, description } of error.violations) {
    const told = error.message.includes(field) && error.message.includes(description);
    if (!told) lines.push(`  ${field}: ${description}`);
  }
  if (error.outcome === 'unknown' && error.retryable && error.code !== 'UNREACHABLE')
    lines.push('it may or may not be stored');
  if (error.violations.some(({ field, description }) => field.endsWith('event_id') && description === 'is required')) {
    lines.push(
      '  the id is what makes a retry safe: give each event its event_id; --id content makes one from a line of text',
    );
  }
  const next = nextSteps[error.code];
  if (next) lines.push(next);
  return lines.join('\n');
}

export function exitCodeOfFailure(error: unknown): number {
  if (error instanceof UsageError) return usageExitCode;
  return isClientError(error) ? error.exitCode : internalExitCode;
}
