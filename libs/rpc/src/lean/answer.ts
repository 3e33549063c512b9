// How a call is answered: with messages and an OK, or with a failure in the trailers.
import { constants, type ServerHttp2Stream } from 'node:http2';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { errorToConnect } from '../connect/error-to-connect.ts';

/** Time for a client that has read nothing to read its end after all; then it is cut off. */
const stalledGraceMs = 5000;

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
  stream.respond(headers, withTrailers);
  endWithFailure(stream, error);
}

/** For a call that is answered more than once: what is written before its end. */
export function beginAnswer(stream: ServerHttp2Stream): void {
  if (!stream.destroyed && !stream.closed) stream.respond(headers, withTrailers);
}

export function endAnswer(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed) return;
  stream.once('wantTrailers', sendOk);
  stream.end();
}

export function endWithFailure(stream: ServerHttp2Stream, error: unknown): void {
  if (stream.destroyed || stream.closed) return;
  const trailers = Object.fromEntries(setTrailerStatus(new Headers(), errorToConnect(error)));
  stream.once('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end();
}

export function cutOffUnlessRead(stream: ServerHttp2Stream): void {
  const cut = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), stalledGraceMs);
  stream.once('close', () => clearTimeout(cut));
}
