// The answers of a session, with refusals as errors of our own.
import type { Outcome, PublishSessionResponse, PublishSummary } from '@oncelog/protocol';
import type { OncelogClientError } from '../failures/client-error.ts';
import { clientErrorOfRpc } from '../failures/rpc-error.ts';

export interface SessionAnswer {
  /** One for each event of the message; empty when it was refused, and in the first answer. */
  readonly outcomes: readonly Outcome[];
  readonly summary?: PublishSummary | undefined;
  /** Why the message was refused; nothing of it is stored, and the session goes on. */
  readonly refusal?: OncelogClientError | undefined;
  /** How many events may be on their way from now on; 0 says nothing new. */
  readonly windowEvents: number;
}

export function sessionAnswerOf(response: PublishSessionResponse): SessionAnswer {
  const { outcomes, summary, failure, windowEvents } = response;
  const refusal =
    failure &&
    clientErrorOfRpc({
      grpcCode: failure.code,
      message: failure.message,
      details: failure.details.map(({ typeUrl, value }) => ({ type: typeUrl.replace(/^.*\//, ''), value })),
      cancelled: false,
      timeoutMs: undefined,
      cause: undefined,
    });
  return { outcomes, summary, refusal, windowEvents };
}
