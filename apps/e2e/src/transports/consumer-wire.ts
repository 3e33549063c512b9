// The ConsumerService as any RPC stack reaches it: requests and answers are the contract's own.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { StreamingPullRequestSchema, StreamingPullResponse } from '@oncelog/protocol';

/** Rejections are WireFailures. */
export interface ConsumerWire {
  /** Every method but one is a call with one answer. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
  /** Leaving the loop leaves the stream. */
  streamingPull(
    input: MessageInitShape<typeof StreamingPullRequestSchema>,
  ): AsyncGenerator<StreamingPullResponse, void, undefined>;
  close(): void;
}
