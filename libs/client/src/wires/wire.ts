// The port to a transport: one call at a time, every failure an OncelogClientError, no retries.
import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { Event, PublishResponse, PublishSummary } from '@oncelog/protocol';
import type { SessionAnswer } from '../publishing/session-answer.ts';

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ServerStreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** For the whole call; absent for one that stays open. */
  readonly timeoutMs?: number | undefined;
}

/** One PublishStream call. */
export interface StreamCall {
  /** Settles when the transport takes more; rejects when the call has failed. */
  write(events: readonly Event[]): Promise<void>;
  /** Says that nothing more comes; resolves when all of it is committed. */
  finish(): Promise<PublishSummary>;
  /** Rejects as soon as the call fails; resolves with the summary. */
  readonly ended: Promise<PublishSummary>;
  cancel(): void;
}

export interface SessionOptions {
  /** In the order of the messages; the first answers none of them and tells the window. */
  readonly onAnswer: (answer: SessionAnswer) => void;
  /** For each call, where a session is made of calls. */
  readonly timeoutMs: number;
}

/** One PublishSession call, or what keeps its promise where a transport has no such call. */
export interface SessionCall {
  /** Settles when the transport takes more, or nothing at all any more. */
  write(events: readonly Event[]): Promise<void>;
  /** Says that nothing more comes. */
  end(): void;
  /** Resolves behind the last answer; rejects as soon as the call fails, behind what was answered before. */
  readonly ended: Promise<void>;
  /** The cause says whether the server is to blame, which has not answered. */
  cancel(cause?: unknown): void;
}

export interface Wire {
  publish(events: readonly Event[], options: CallOptions): Promise<PublishResponse>;
  openStream(options: CallOptions): StreamCall;
  openSession(options: SessionOptions): SessionCall;
  /**
   * Calls when it is iterated. Leaving the loop cancels the call at once, as the signal does while it waits. Where a
   * connection has room for so many streams only, these have connections of their own.
   */
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    input: MessageInitShape<I>,
    options: ServerStreamOptions,
  ): AsyncIterable<MessageShape<O>>;
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    options: CallOptions,
  ): Promise<MessageShape<O>>;
  close(): void;
}
