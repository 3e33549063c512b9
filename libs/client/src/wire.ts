// The port to a transport: one call at a time, every failure an OncelogClientError, no retries.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Event, PublishResponse, PublishSummary } from '@oncelog/protocol';

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
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

export interface Wire {
  publish(events: readonly Event[], options: CallOptions): Promise<PublishResponse>;
  openStream(options: CallOptions): StreamCall;
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    options: CallOptions,
  ): Promise<MessageShape<O>>;
  close(): void;
}
