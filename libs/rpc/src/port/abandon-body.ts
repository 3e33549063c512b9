// The rest of a body that nobody reads any more.
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { NodeRequest, NodeResponse } from './dual-server.ts';

/** How long the rest of a refused body is read into nothing, so that the client sees the answer before a reset. */
const abandonedBodyMs = 1000;

/** A client that goes on sending gets its answer first, and then finds the connection closed. */
export function abandonBody(request: NodeRequest): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const cut = setTimeout(() => stopSending(request), abandonedBodyMs);
  request.once('close', () => clearTimeout(cut));
}

/** A client may keep its half of a call open after the answer, which would never end by itself then. */
export function abandonBodyAfter(response: NodeResponse, request: NodeRequest): void {
  // Node's response over HTTP/2 says that it has finished only when the whole call has.
  const sent = 'stream' in response ? response.stream : response;
  sent.once('finish', () => abandonBody(request));
}

/** The same for a stream that nothing of Node's request stands in front of. */
export function abandonStream(stream: ServerHttp2Stream): void {
  if (stream.readableEnded || stream.destroyed) return;
  stream.resume();
  const cut = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), abandonedBodyMs);
  stream.once('close', () => clearTimeout(cut));
}

/** Over HTTP/2 only this call ends, not the connection it shares. */
function stopSending(request: NodeRequest): void {
  if ('stream' in request) request.stream.close(constants.NGHTTP2_NO_ERROR);
  else request.destroy();
}
