// What failed, and what to do next: for people, and as one JSON object for programs.
import type { OncelogClientError } from '@oncelog/client';
import { printable, printableLines } from './printable-lines.ts';
import { OutputFailure } from './process-output.ts';
import { UsageError } from './usage-error.ts';

const internalExitCode = 1;
export const usageExitCode = 2;
export const conflictExitCode = 3;
export const refusedExitCode = 4;

const nextSteps: Readonly<Partial<Record<OncelogClientError['code'], string>>> = {
  UNREACHABLE: 'is the aggregator running? start it with: npm start; or name another with --target host:port',
  TIMED_OUT: 'try again, or allow more time with --timeout',
  QUEUE_FULL: 'the aggregator is busy; try again',
  DISK_FULL: 'the aggregator needs disk space; try again afterwards',
  STORE_UNAVAILABLE: 'try again',
  SHUTTING_DOWN: 'try again when it is back',
  CURSOR_EXPIRED: 'start without --after',
  WRONG_METHOD: 'is this an aggregator of oncelog? check --target',
  INTERNAL: "the aggregator's log has the details",
};

const idHint =
  'the id is what makes a retry safe: give each event its event_id; --id content makes one from a line of text';

/** By name, not by class: the client is loaded only by the commands that need it. */
function isClientError(error: unknown): error is OncelogClientError {
  return error instanceof Error && error.name === 'OncelogClientError';
}

export function failureText(error: unknown): string {
  if (error instanceof UsageError || error instanceof OutputFailure) return printableLines(error.message);
  if (!isClientError(error)) {
    return printableLines(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return [...sentencesOf(error), ...hintsOf(error)].map(printable).join('\n');
}

/** On one line. */
export function failureJson(error: unknown): string {
  const exitCode = exitCodeOfFailure(error);
  if (!isClientError(error)) {
    const code = error instanceof UsageError ? 'USAGE' : error instanceof OutputFailure ? 'OUTPUT_FAILED' : 'INTERNAL';
    const message = error instanceof Error ? error.message : String(error);
    return printable(JSON.stringify({ code, error: message, exit_code: exitCode }));
  }
  const { code, message, violations, outcome } = error;
  const hint = hintsOf(error).join('; ') || undefined;
  return printable(JSON.stringify({ code, error: message, violations, outcome, hint, exit_code: exitCode }));
}

export function exitCodeOfFailure(error: unknown): number {
  if (error instanceof UsageError) return usageExitCode;
  return isClientError(error) ? error.exitCode : internalExitCode;
}

/** Each of them once: as a rule the message is the first of the violations, with or without its place. */
function sentencesOf({ code, message, violations }: OncelogClientError): string[] {
  const placed = violations.find(({ field, description }) => field !== '' && description === message);
  const sentences = [`${code}: ${placed ? `${placed.field}: ` : ''}${message}`];
  for (const { field, description } of violations) {
    const told = sentences.some((sentence) => sentence.includes(field) && sentence.includes(description));
    if (!told) sentences.push(`  ${field === '' ? '' : `${field}: `}${description}`);
  }
  return sentences;
}

function hintsOf({ code, outcome, retryable, violations }: OncelogClientError): string[] {
  const hints: string[] = [];
  // Reading stores nothing, and no connection stores nothing either: the same may be said again without a thought.
  const open = outcome === 'unknown' && (retryable || code === 'CANCELLED') && code !== 'UNREACHABLE';
  if (open) hints.push('it may or may not be stored; sending the same ids again is safe');
  if (violations.some(({ field, description }) => field.endsWith('event_id') && description === 'is required')) {
    hints.push(idHint);
  }
  const next = nextSteps[code];
  if (next) hints.push(next);
  return hints;
}
