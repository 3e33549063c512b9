// What all calls through a Connect transport share, in Node and in browsers: failures as errors of our own, and streams
// of answers.
import type { DescMessage, DescMethodServerStreaming, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { OncelogClientError } from '../failures/client-error.ts';
import { clientErrorOfRpc, grpcCodes } from '../failures/rpc-error.ts';
import { EventLogService, type Event } from '@oncelog/protocol';
import type { ServerStreamOptions, Wire } from './wire.ts';

/** Connect says so of an answer that breaks off in the middle, under codes that would blame the request. */
const brokenOff = 'protocol error: ';

export function clientErrorOf(
  error: unknown,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): OncelogClientError {
  if (error instanceof OncelogClientError) return error;
  const connectError = ConnectError.from(error, grpcCodes.unavailable);
  return clientErrorOfRpc({
    grpcCode: connectError.rawMessage.startsWith(brokenOff) ? grpcCodes.unavailable : connectError.code,
    message: connectError.rawMessage,
    details: connectError.details.filter((detail) => 'type' in detail),
    cancelled: signal?.aborted ?? false,
    timeoutMs,
    cause: error,
  });
}

/** Leaving the loop cancels the call; while it waits for an answer, the signal does. */
export async function* readServerStream<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodServerStreaming<I, O>,
  input: MessageInitShape<I>,
  { timeoutMs, signal }: ServerStreamOptions,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const leaving = new AbortController();
  const anySignal = signal ? AbortSignal.any([signal, leaving.signal]) : leaving.signal;
  try {
    const { message } = await transport.stream(method, anySignal, timeoutMs, undefined, only(input));
    yield* message;
  } catch (error) {
    throw clientErrorOf(error, timeoutMs, anySignal);
  } finally {
    leaving.abort();
  }
}

async function* only<T>(value: T) {
  yield value;
}

/** Calls that are answered once. */
export function unaryOver(transport: Transport): Wire['unary'] {
  return async (method, input, { timeoutMs, signal }) => {
    try {
      return (await transport.unary(method, signal, timeoutMs, undefined, input)).message;
    } catch (error) {
      throw clientErrorOf(error, timeoutMs, signal);
    }
  };
}

export function publishBy(unary: Wire['unary']): Wire['publish'] {
  return (events, options) => unary(EventLogService.method.publish, { events: events as Event[] }, options);
}
