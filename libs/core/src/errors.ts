// The closed list of failures. How each shows on a protocol is told by the table in proto/oncelog/v1/error.proto.

export const errorCodes = [
  'MALFORMED',
  'RULE_BROKEN',
  'TOO_MANY_EVENTS',
  'EVENT_TOO_LARGE',
  'BODY_TOO_LARGE',
  'QUEUE_FULL',
  'DISK_FULL',
  'CURSOR_EXPIRED',
  'STORE_UNAVAILABLE',
  'SHUTTING_DOWN',
  'NOT_FOUND',
  'WRONG_METHOD',
  'WRONG_MEDIA_TYPE',
  'DATA_CORRUPTED',
  'INTERNAL',
  'TIMED_OUT',
  'ALREADY_EXISTS',
  'READER_STALLED',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One broken rule: where, which, and with what value. */
export interface Violation {
  /** A path such as `events[3].event_id`, or the name of a query parameter. */
  readonly field: string;
  readonly description: string;
  readonly limit?: number | undefined;
  readonly actual?: number | string | undefined;
}

export interface OncelogErrorOptions {
  readonly violations?: readonly Violation[];
  /**
   * none: refused before storage, nothing of it is or will be stored. unknown: some of it may be stored.
   * Either way the same ids may be sent again.
   */
  readonly outcome?: 'none' | 'unknown';
  readonly retryAfterMs?: number;
  /** Where a reader can go on. */
  readonly cursor?: string;
  readonly cause?: unknown;
}

export class OncelogError extends Error {
  readonly code: ErrorCode;
  readonly violations: readonly Violation[];
  readonly outcome: 'none' | 'unknown';
  readonly retryAfterMs: number | undefined;
  readonly cursor: string | undefined;

  constructor(code: ErrorCode, message: string, options: OncelogErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'OncelogError';
    this.code = code;
    this.violations = options.violations ?? [];
    this.outcome = options.outcome ?? 'none';
    this.retryAfterMs = options.retryAfterMs;
    this.cursor = options.cursor;
  }

  withCursor(cursor: string): OncelogError {
    const { violations, outcome, retryAfterMs, cause } = this;
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    return new OncelogError(this.code, this.message, { violations, outcome, ...retry, cursor, cause });
  }
}

/** A failure whose message is its first violation: "events[3].event_id: …". */
export function violated(code: ErrorCode, violations: readonly [Violation, ...Violation[]]): OncelogError {
  const [{ field, description }, ...more] = violations;
  const tail = more.length > 0 ? ` (and ${more.length} more)` : '';
  return new OncelogError(code, `${field}: ${description}${tail}`, { violations });
}
