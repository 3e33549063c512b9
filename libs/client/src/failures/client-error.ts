// Everything a call can fail with, the same for every transport.
import type { PublishSummary } from '@oncelog/protocol';
import { type FailureCode, failureOf } from './failure-table.ts';

/** UNREACHABLE: no answer of the log's own came back. CANCELLED: the caller gave up. */
export type ClientErrorCode = FailureCode | 'UNREACHABLE' | 'CANCELLED';

export interface Violation {
  /** A path such as `events[3].event_id`, or the name of a parameter. */
  readonly field: string;
  readonly description: string;
}

export interface ClientErrorOptions {
  readonly violations?: readonly Violation[] | undefined;
  readonly limit?: string | undefined;
  readonly actual?: string | undefined;
  /** none: nothing of it is or will be stored. unknown: some may be. The same ids may be sent again either way. */
  readonly outcome?: 'none' | 'unknown' | undefined;
  readonly retryAfterMs?: number | undefined;
  /** What a failed stream had committed before it ended. */
  readonly committed?: PublishSummary | undefined;
  /** Where a reader can go on. */
  readonly cursor?: string | undefined;
  /** Of a client that knows several addresses: how many others there are, when one of them may be tried at once. */
  readonly elsewhere?: number | undefined;
  readonly cause?: unknown;
}

/** The shell's way to say "ended by SIGINT". */
const interruptedExitCode = 130;

export class OncelogClientError extends Error {
  readonly code: ClientErrorCode;
  readonly violations: readonly Violation[];
  readonly limit: string | undefined;
  readonly actual: string | undefined;
  readonly outcome: 'none' | 'unknown';
  readonly retryAfterMs: number | undefined;
  readonly committed: PublishSummary | undefined;
  readonly cursor: string | undefined;
  readonly elsewhere: number | undefined;

  constructor(code: ClientErrorCode, message: string, options: ClientErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'OncelogClientError';
    this.code = code;
    this.violations = options.violations ?? [];
    this.limit = options.limit;
    this.actual = options.actual;
    this.outcome = options.outcome ?? 'unknown';
    this.retryAfterMs = options.retryAfterMs;
    this.committed = options.committed;
    this.cursor = options.cursor;
    this.elsewhere = options.elsewhere;
  }

  with(more: ClientErrorOptions, message = this.message): OncelogClientError {
    return new OncelogClientError(this.code, message, { ...this, cause: this.cause, ...more });
  }

  /** Whether the very same call may succeed later. */
  get retryable(): boolean {
    if (this.code === 'CANCELLED') return false;
    return this.code === 'UNREACHABLE' || failureOf(this.code).retryable;
  }

  /** What a command line client exits with. */
  get exitCode(): number {
    if (this.code === 'CANCELLED') return interruptedExitCode;
    return failureOf(this.code === 'UNREACHABLE' ? 'STORE_UNAVAILABLE' : this.code).exitCode;
  }
}

/** In words of our own: what the transports say of their timers and queues helps nobody. */
export function timedOutCall(timeoutMs: number, cause: unknown): OncelogClientError {
  return new OncelogClientError('TIMED_OUT', `no answer within ${Number((timeoutMs / 1000).toFixed(3))} s`, { cause });
}

export function cancelledCall(cause: unknown): OncelogClientError {
  return new OncelogClientError('CANCELLED', 'interrupted before the answer came', { cause });
}

/** A refusal of the client's own, for what it can tell is wrong before sending. */
export function refused(code: FailureCode, field: string, description: string): OncelogClientError {
  return new OncelogClientError(code, `${field}: ${description}`, {
    violations: [{ field, description }],
    outcome: 'none',
  });
}
