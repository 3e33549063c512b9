// One unary call with its deadline and its retries, as the client makes them.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { CallSettings } from '../oncelog-client.ts';

/** `waitMs` is how long the aggregator may take on purpose, on top of the time of a call. */
export type Call = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
  settings?: CallSettings,
  waitMs?: number,
) => Promise<MessageShape<O>>;
