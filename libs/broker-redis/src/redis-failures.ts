// What Redis or its absence says, as failures of ours: what became of the call, and none of the secrets of its URL.
import { ErrorReply } from '@redis/client';
import { OncelogError } from '@oncelog/core';

export const retryAfterMs = 1000;

/** Before the command ran: a reply that starts with one of these has changed nothing. */
const refusals = [
  'BUSY',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOAUTH',
  'NOGROUP',
  'NOPERM',
  'NOREPLICAS',
  'NOSCRIPT',
  'OOM',
  'READONLY',
  'WRONGPASS',
];

export function unavailable(reason: string, outcome: 'none' | 'unknown', cause?: unknown): OncelogError {
  const next = outcome === 'none' ? 'nothing of it was taken; send it again' : 'send the same ids again';
  return new OncelogError('STORE_UNAVAILABLE', `the broker ${reason}; ${next}`, { outcome, retryAfterMs, cause });
}

export function isReply(error: unknown, code?: string): error is ErrorReply {
  return error instanceof ErrorReply && (code === undefined || codeOf(error) === code);
}

/** A command was handed to a connection that was up, and this came of it. */
export function failureOf(error: unknown): OncelogError {
  if (error instanceof OncelogError) return error;
  if (!isReply(error)) return unavailable('did not answer before its connection was lost', 'unknown', error);
  const code = codeOf(error);
  // Redis counts its own memory here, and says nothing about how much of it is taken.
  if (code === 'OOM') {
    const reason = 'the broker is out of memory (maxmemory of Redis); give it more, or wait until workers have stored';
    return new OncelogError('DISK_FULL', `${reason} what it holds`, { outcome: 'none', retryAfterMs, cause: error });
  }
  // Whoever publishes reads both keys before anything is written.
  if (code === 'WRONGTYPE') {
    const reason = 'finds what is not its own under its keys (WRONGTYPE); name another stream for it with ?stream=';
    return unavailable(reason, 'none', error);
  }
  if (refusals.includes(code)) return unavailable(`refuses commands (${code})`, 'none', error);
  return unavailable('answered with an error', 'unknown', error);
}

function codeOf(error: ErrorReply): string {
  return error.message.split(' ', 1)[0] ?? '';
}
