// Streams of answers over native gRPC.
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { type Client, Metadata, type ServiceError } from '@grpc/grpc-js';
import { clientErrorOf, definitionOf, onAbort } from './grpc-js-call.ts';
import type { ServerStreamOptions } from './wire.ts';

/** Leaving the loop cancels the call; while it waits for an answer, the signal does. */
export async function* readServerStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodServerStreaming<I, O>,
  input: MessageInitShape<I>,
  { timeoutMs, signal }: ServerStreamOptions,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const { path, serialize, deserialize } = definitionOf(method);
  const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  const message = create(method.input, input);
  const call = client.makeServerStreamRequest(path, serialize, deserialize, message, new Metadata(), deadline);
  // Unheard once the loop has been left, a failure would end the process.
  call.on('error', () => {});
  const disarm = onAbort(signal, () => call.cancel());
  try {
    yield* call as AsyncIterable<MessageShape<O>>;
  } catch (error) {
    throw clientErrorOf(error as ServiceError, timeoutMs, signal);
  } finally {
    disarm();
    call.cancel();
  }
}
