// A listener made of what answers one request: whatever fails in it becomes an answer too.
import { type FailureSink, noteFailure } from './failures/note-failure.ts';
import { abandonBody } from './port/abandon-body.ts';
import type { NodeRequest, NodeResponse } from './port/dual-server.ts';
import { pathOf } from './port/request-path.ts';
import { sendError } from './rest/error-to-rest.ts';

export type Answer = (request: NodeRequest, response: NodeResponse) => Promise<void>;

export function answering(sink: FailureSink, answer: Answer): (request: NodeRequest, response: NodeResponse) => void {
  return (request, response) => {
    // Without a listener, a client that resets its connection would end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    answer(request, response).catch((error: unknown) => {
      noteFailure(sink, error, pathOf(request));
      sendError(response, error);
      abandonBody(request);
    });
  };
}
