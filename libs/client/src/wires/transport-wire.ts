// A wire over any Connect transport that has unary calls and streams of answers: what browsers and memory offer.
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { EventLogService, type Event } from '@oncelog/protocol';
import { clientErrorOf, readServerStream } from './connect-call.ts';
import { StreamConnections } from './stream-connections.ts';
import { openUnarySession } from './unary-session.ts';
import { openUnaryStream } from './unary-stream.ts';
import type { CallOptions, Wire } from './wire.ts';

/** Closing it ends its streams; a call that is under way has its deadline. */
export function wireOverTransport(transport: Transport): Wire {
  // All on the one transport: fetch and memory know no connection that could be full.
  const streams = new StreamConnections({ open: () => transport, close: () => {} });

  async function unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    { timeoutMs, signal }: CallOptions,
  ): Promise<MessageShape<O>> {
    try {
      return (await transport.unary(method, signal, timeoutMs, undefined, input)).message;
    } catch (error) {
      throw clientErrorOf(error, timeoutMs, signal);
    }
  }

  const publish: Wire['publish'] = (events, options) =>
    unary(EventLogService.method.publish, { events: events as Event[] }, options);

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
