// A session of publishes whose messages are read one after another, as the Connect library hands them over.
import { type NewEvent, OncelogError } from '@oncelog/core';
import type { Ingest } from '@oncelog/ingest';
import { cutShort } from '../failures/cut-short.ts';
import { answersUnread, type SessionAnswer, SessionPublisher } from './session-publisher.ts';
import { reasonOf, untilAborted } from './until-aborted.ts';

export interface PublishSessionOptions {
  readonly eventsMax: number;
  readonly readerStallMs: number;
  readonly signal: AbortSignal;
  readonly onRefused: (refusal: OncelogError) => void;
}

/** The messages come as what reads them, so that one that cannot be read is refused in its place. */
export async function* publishSession(
  ingest: Ingest,
  messages: AsyncIterable<() => readonly NewEvent[]>,
  { signal, readerStallMs, ...options }: PublishSessionOptions,
): AsyncGenerator<SessionAnswer, void, undefined> {
  let goOn = () => {};
  let wake = () => {};
  const givingUp = new AbortController();
  const publisher = new SessionPublisher(ingest, {
    ...options,
    signal: givingUp.signal,
    onRoom: () => goOn(),
    onProgress: () => wake(),
  });

  async function readAll(): Promise<void> {
    try {
      for await (const read of untilAborted(messages, signal)) {
        if (!publisher.push(read)) await new Promise<void>((resolve) => (goOn = resolve));
        if (publisher.isClosed) return;
      }
      publisher.end();
    } catch (cause) {
      publisher.fail(cause);
    }
  }

  function onAbort(): void {
    const reason = reasonOf(signal);
    if (isStalled(reason)) publisher.abandon(answersUnread(readerStallMs));
    else publisher.fail(reason);
    givingUp.abort(reason);
    goOn();
  }

  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort);
  void readAll();
  try {
    for (;;) {
      for (let answer = publisher.take(); answer; answer = publisher.take()) yield answer;
      if (publisher.isOver) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    publisher.assertWhole();
  } finally {
    signal.removeEventListener('abort', onAbort);
    publisher.abandon(cutShort());
    goOn();
  }
}

function isStalled(reason: unknown): boolean {
  return reason instanceof OncelogError && reason.code === 'READER_STALLED';
}
