// What gRPC has instead of a 404.
import { Code } from '@connectrpc/connect';
import type { NodeRequest, NodeResponse } from '../port/dual-server.ts';
import { pathOf } from '../port/request-path.ts';

/** An unknown path is an unimplemented method, in a response without a body. */
export function answerUnknownMethod(request: NodeRequest, response: NodeResponse): void {
  response.statusCode = 200;
  response.setHeader('content-type', 'application/grpc');
  response.setHeader('grpc-status', String(Code.Unimplemented));
  response.setHeader('grpc-message', encodeURIComponent(`${pathOf(request)} is not a method of this server`));
  response.end();
}
