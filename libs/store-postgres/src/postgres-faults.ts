// What an error of PostgreSQL means for those who wait for an answer.
import { type ErrorCode, OncelogError } from '@oncelog/core';

/** Long enough for a server to come back, or for somebody to make room. */
const retryAfterMs = 1000;

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
  /** Whether the store itself tries again: nothing was stored, and the next try may well succeed. */
  readonly retry?: boolean;
  /** Whether another connection may reach a server that is better off. */
  readonly reconnect?: boolean;
  /** Whether the store can no longer be relied on. */
  readonly fatal?: boolean;
  /** Whether it stays so until somebody changes a setting: a start need not wait for it. */
  readonly stays?: boolean;
}

/** By SQLSTATE: the server refused, and stored nothing. */
const refusals: Readonly<Record<string, Meaning>> = {
  '40001': { code: 'STORE_UNAVAILABLE', why: 'transactions collided', retry: true },
  '40P01': { code: 'STORE_UNAVAILABLE', why: 'transactions waited for each other', retry: true },
  '55P03': { code: 'STORE_UNAVAILABLE', why: 'other replicas hold the log for too long', retry: true },
  '23514': { code: 'STORE_UNAVAILABLE', why: 'there is no room at the end of the log' },
  '57014': { code: 'STORE_UNAVAILABLE', why: 'the statement took too long or was cancelled' },
  '25006': { code: 'STORE_UNAVAILABLE', why: 'the server only reads, as a standby does', reconnect: true },
  '53000': { code: 'STORE_UNAVAILABLE', why: 'the server lacks resources' },
  '53100': {
    code: 'DISK_FULL',
    why: 'the disk under PostgreSQL is full; make room there, then send the same ids again',
  },
  '53200': { code: 'STORE_UNAVAILABLE', why: 'the server is out of memory' },
  '53300': { code: 'STORE_UNAVAILABLE', why: 'the server takes no more connections', retry: true },
  '57P03': { code: 'STORE_UNAVAILABLE', why: 'the server is starting or stopping', retry: true },
  // It was to be prepared by the statement before it on the same connection; the next try prepares it itself.
  '26000': { code: 'STORE_UNAVAILABLE', why: 'the server refused the statement before it', retry: true },
  '28000': { code: 'STORE_UNAVAILABLE', why: 'the server does not let this user in', stays: true },
  '28P01': { code: 'STORE_UNAVAILABLE', why: 'the server does not accept the password', stays: true },
  '3D000': { code: 'STORE_UNAVAILABLE', why: 'the server has no database of this name', stays: true },
  '42501': {
    code: 'STORE_UNAVAILABLE',
    why: 'the server does not allow this user to do it; grant it the schema, or the right to make one',
    stays: true,
  },
  '42P01': { code: 'STORE_UNAVAILABLE', why: 'the tables of the log are gone; was its schema dropped?' },
  '42883': { code: 'STORE_UNAVAILABLE', why: 'the functions of the log are gone; was its schema dropped?' },
  '58030': { code: 'STORE_UNAVAILABLE', why: 'the server cannot read or write its disk' },
  XX001: { code: 'DATA_CORRUPTED', why: 'the server has found damaged data', fatal: true },
  XX002: { code: 'DATA_CORRUPTED', why: 'the server has found a damaged index', fatal: true },
};

/** The connection ended: whatever was under way may have been stored. */
const endedStates = /^(08|57P0[124])/;
const lost: Meaning = { code: 'STORE_UNAVAILABLE', why: 'the connection to PostgreSQL was lost', reconnect: true };

/** Fields of the errors of the library and of the operating system. */
interface Told {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** An error with what the store needs to know of it beside what its callers are told. */
class PostgresFault extends OncelogError {
  readonly meaning: Meaning;
  readonly state: string | undefined;

  constructor(doing: string, meaning: Meaning, outcome: 'none' | 'unknown', error: Told) {
    const state = sqlState(error);
    const retry = meaning.code === 'INTERNAL' || meaning.fatal ? {} : { retryAfterMs };
    // What the server says may quote statements and contents: it goes no further.
    const cause = new Error(`PostgreSQL answered ${state ?? String(error.code ?? error.message)}`);
    super(meaning.code, `the ${doing} failed: ${meaning.why}${state ? ` (SQLSTATE ${state})` : ''}`, {
      outcome,
      ...retry,
      cause,
    });
    this.meaning = meaning;
    this.state = state;
  }
}

export function failedWrite(error: unknown): OncelogError {
  return fault('write', error, 'unknown');
}

export function failedRead(error: unknown): OncelogError {
  return fault('read', error, 'none');
}

/** Nothing was sent yet. */
export function failedConnection(error: unknown): OncelogError {
  if (error instanceof OncelogError) return error;
  const told = error as Told;
  const known = refusals[sqlState(told) ?? ''] ?? refusedHere(told);
  const reason = typeof told.code === 'string' ? told.code : 'no answer in time';
  const unreachable: Meaning = {
    code: 'STORE_UNAVAILABLE',
    why: `PostgreSQL cannot be reached (${reason})`,
    retry: true,
  };
  return new PostgresFault('connection', known ?? unreachable, 'none', told);
}

/** By the library, before the server was asked anything. */
function refusedHere({ code, message }: Told): Meaning | undefined {
  const why = (text: string): Meaning => ({ code: 'STORE_UNAVAILABLE', why: text, stays: true });
  const text = String(message);
  if (text.includes('password must be')) return why('the server asks for a password, and none is given');
  if (text.includes('does not support SSL')) return why('the server does not speak TLS, and sslmode demands it');
  if (/CERT|UNABLE_TO_VERIFY/.test(String(code))) return why(`the server's certificate is not trusted (${code})`);
  return undefined;
}

/** `place` names the log without a password. */
export function failedStart(place: string, error: unknown): OncelogError {
  const failure = fault('start', error, 'none');
  const { message, cause, retryAfterMs: waitMs } = failure;
  if (error instanceof OncelogError && message.includes(place)) return error;
  const sentence = `the log in ${place} cannot be opened: ${message}`;
  if (failure instanceof PostgresFault && failure.meaning.stays)
    return new OncelogError('RULE_BROKEN', sentence, { cause });
  return new OncelogError(failure.code, sentence, { cause, ...(waitMs !== undefined && { retryAfterMs: waitMs }) });
}

export function isRetryable(error: unknown): boolean {
  return error instanceof PostgresFault && error.outcome === 'none' && error.meaning.retry === true;
}

export function needsNewConnection(error: unknown): boolean {
  return error instanceof PostgresFault && error.meaning.reconnect === true;
}

/** The check of a partition: no partition takes the position. */
export function lacksRoom(error: unknown): boolean {
  return error instanceof PostgresFault && error.state === '23514';
}

export function isFatal(error: unknown): boolean {
  return error instanceof PostgresFault && error.meaning.fatal === true;
}

function fault(doing: string, error: unknown, outcomeWhenLost: 'none' | 'unknown'): OncelogError {
  if (error instanceof OncelogError) return error;
  const told = error as Told;
  const state = sqlState(told);
  if (state === undefined || endedStates.test(state)) return new PostgresFault(doing, lost, outcomeWhenLost, told);
  const meaning = refusals[state] ?? { code: 'INTERNAL', why: 'the server refused it' };
  return new PostgresFault(doing, meaning, 'none', told);
}

function sqlState({ code }: Told): string | undefined {
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
