// A session over a Connect transport that streams both ways, which takes HTTP/2.
import type { Transport } from '@connectrpc/connect';
import { type Event, EventLogService, type PublishSessionRequest } from '@oncelog/protocol';
import { clientErrorOf } from './connect-call.ts';
import { createRequestPipe } from './request-pipe.ts';
import { sessionAnswerOf } from '../publishing/session-answer.ts';
import type { SessionCall, SessionOptions } from './wire.ts';

export function openConnectSession(transport: Transport, { onAnswer }: SessionOptions): SessionCall {
  const cancelling = new AbortController();
  const { signal } = cancelling;
  const pipe = createRequestPipe<PublishSessionRequest>();

  async function call(): Promise<void> {
    try {
      const { publishSession } = EventLogService.method;
      const response = await transport.stream(publishSession, signal, undefined, undefined, pipe.requests);
      for await (const answer of response.message) onAnswer(sessionAnswerOf(answer));
    } catch (error) {
      throw clientErrorOf(error, undefined, signal);
    } finally {
      // Whoever waits to write would wait for ever.
      pipe.cancel();
    }
  }

  const ended = call();
  ended.catch(() => {});
  return {
    ended,
    write: (events) => pipe.write({ events: events as Event[] } as PublishSessionRequest),
    end: () => pipe.end(),
    cancel: () => cancelling.abort(),
  };
}
