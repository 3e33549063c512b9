// Turns whatever a handler throws into the answer of the contract.
import type { Interceptor, StreamResponse } from '@connectrpc/connect';
import type { DescMessage } from '@bufbuild/protobuf';
import { type FailureSink, noteFailure } from '../failures/note-failure.ts';
import { errorToConnect } from './error-to-connect.ts';

export function answerFailures(sink: FailureSink): Interceptor {
  return (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? withFailuresTold(response, sink) : response;
    } catch (error) {
      noteFailure(sink, error, request.method.name);
      throw errorToConnect(error);
    }
  };
}

/** A handler that answers more than once may fail in the middle. */
function withFailuresTold<I extends DescMessage, O extends DescMessage>(
  response: StreamResponse<I, O>,
  sink: FailureSink,
): StreamResponse<I, O> {
  async function* told(): typeof response.message {
    try {
      yield* response.message;
    } catch (error) {
      noteFailure(sink, error, response.method.name);
      throw errorToConnect(error);
    }
  }
  return { ...response, message: told() };
}
