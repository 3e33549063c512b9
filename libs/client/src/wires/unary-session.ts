// A session for transports that cannot stream both ways: one call a message, one after the other, same promise.
import type { Event } from '@oncelog/protocol';
import { type ClientErrorCode, OncelogClientError } from '../failures/client-error.ts';
import type { SessionCall, SessionOptions, Wire } from './wire.ts';

/** Calls wait in line for one another: more events in it would only take memory. */
const windowEvents = 1000;

/** What the server refuses of a session without ending it. */
const refusals: ReadonlySet<ClientErrorCode> = new Set(['RULE_BROKEN', 'TOO_MANY_EVENTS', 'EVENT_TOO_LARGE']);

export function openUnarySession(publish: Wire['publish'], { onAnswer, timeoutMs }: SessionOptions): SessionCall {
  const cancelling = new AbortController();
  const { signal } = cancelling;
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  ended.catch(() => {});
  let failed = false;
  // One turn later, when the caller has its session.
  let line = Promise.resolve().then(() => onAnswer({ outcomes: [], windowEvents }));

  async function send(events: readonly Event[]): Promise<void> {
    if (failed) return;
    try {
      const { outcomes, summary } = await publish(events, { timeoutMs, signal });
      onAnswer({ outcomes, summary, windowEvents: 0 });
    } catch (error) {
      if (error instanceof OncelogClientError && refusals.has(error.code)) {
        onAnswer({ outcomes: [], refusal: error, windowEvents: 0 });
        return;
      }
      failed = true;
      reject(error);
    }
  }

  return {
    ended,
    write(events) {
      line = line.then(() => send(events));
      return Promise.resolve();
    },
    end: () => void line.then(resolve),
    cancel() {
      failed = true;
      cancelling.abort();
    },
  };
}
