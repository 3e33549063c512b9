// How a call ends: with a message and an OK, or with a failure in the trailers alone.
import type { ServerHttp2Stream } from 'node:http2';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { errorToConnect } from '../connect/error-to-connect.ts';

const headers = { ':status': 200, 'content-type': 'application/grpc+proto' };
const withTrailers = { waitForTrailers: true };
const ok = { 'grpc-status': '0' };

/** Not compressed, though the client may offer it: an outcome takes less time to send than to compress. */
export function answer(stream: ServerHttp2Stream, frame: Buffer): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond(headers, withTrailers);
  stream.once('wantTrailers', sendOk);
  stream.end(frame);
}

function sendOk(this: ServerHttp2Stream): void {
  this.sendTrailers(ok);
}

export function answerFailure(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.destroyed || stream.closed) return;
  const trailers = Object.fromEntries(setTrailerStatus(new Headers(), errorToConnect(error)));
  stream.respond(headers, withTrailers);
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end();
}
