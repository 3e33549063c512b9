// Turns whatever a handler throws into the answer of the contract.
import type { Interceptor } from '@connectrpc/connect';
import { type FailureSink, noteFailure } from '../failures/note-failure.ts';
import { errorToConnect } from './error-to-connect.ts';

export function answerFailures(sink: FailureSink): Interceptor {
  return (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      noteFailure(sink, error, request.method.name);
      throw errorToConnect(error);
    }
  };
}
