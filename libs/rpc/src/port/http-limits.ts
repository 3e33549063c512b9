// Bounds of the transport itself, each against an attack that was tried.
import type { ServerOptions as Http1Options } from 'node:http';
import type { ServerOptions as Http2Options } from 'node:http2';

/** How long a REST body or a unary call's may take to arrive; streams are exempt. */
export const bodyTimeoutMs = 30_000;

/** A client that asks for more is held to this: no call of this contract takes a minute, but a stream may. */
export const callTimeoutMaxMs = 24 * 60 * 60 * 1000;

const headerBytesMax = 16 * 1024;

export interface PortLimits {
  /** A connection that says nothing recognisable for this long is dropped. */
  readonly sniffTimeoutMs: number;
  /** An HTTP/2 session without a stream is ended after this time. */
  readonly http2IdleMs: number;
  /** A client may take so long to close its end of an HTTP/2 connection that has been closed; then it is cut off. */
  readonly http2LingerMs: number;
  readonly http1: Http1Options;
  readonly http2: Http2Options;
}

const http1: Http1Options = {
  noDelay: true,
  maxHeaderSize: headerBytesMax,
  headersTimeout: 5000,
  // Node looks only every 30 s unless told otherwise, so that a 5 s timeout would come at 30 s.
  connectionsCheckingInterval: 500,
  // Node's own would cut long client streams; bodies have bodyTimeoutMs instead.
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
};

const http2: Http2Options = {
  settings: {
    // Node's default is four billion: 20,000 open streams took 737 MB and stalled the server for 2.6 s.
    maxConcurrentStreams: 256,
    maxHeaderListSize: headerBytesMax,
    // One 4 MiB message in two round trips instead of 64: the default window of 64 KiB starves uploads.
    initialWindowSize: 1024 * 1024,
  },
  maxSessionMemory: 10,
  // Rapid reset: a burst of 200 cancelled streams, then 20 a second, before the session is ended.
  streamResetBurst: 200,
  streamResetRate: 20,
};

export const defaultPortLimits: PortLimits = {
  sniffTimeoutMs: 5000,
  http2IdleMs: 5 * 60_000,
  http2LingerMs: 1000,
  http1,
  http2,
};
