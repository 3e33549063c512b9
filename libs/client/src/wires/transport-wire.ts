// A wire over any Connect transport that has unary calls and streams of answers: what browsers and memory offer.
import type { Transport } from '@connectrpc/connect';
import { publishBy, readServerStream, unaryOver } from './connect-call.ts';
import { StreamConnections } from './stream-connections.ts';
import { openUnarySession } from './unary-session.ts';
import { openUnaryStream } from './unary-stream.ts';
import type { Wire } from './wire.ts';

/** Closing it ends its streams; a call that is under way has its deadline. */
export function wireOverTransport(transport: Transport): Wire {
  // All on the one transport: fetch and memory know no connection that could be full.
  const streams = new StreamConnections({ open: () => transport, close: () => {} });

  const unary = unaryOver(transport);
  const publish = publishBy(unary);

  return {
    publish,
    openStream: (options) => openUnaryStream(publish, options),
    openSession: (options) => openUnarySession(publish, options),
    serverStream: (method, input, options) =>
      streams.read(options.signal, (_, signal) => readServerStream(transport, method, input, { ...options, signal })),
    unary,
    close: () => streams.close(),
  };
}
