// The connect-node transports: gRPC or the Connect protocol over HTTP/2, or Connect over HTTP/1.1.
import type { Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EventLogService, type Event, type PublishStreamRequest, type PublishStreamResponse } from '@oncelog/protocol';
import { clientErrorOf, publishBy, readServerStream, unaryOver } from './connect-call.ts';
import { openConnectSession } from './connect-session.ts';
import { createHttp1Agent } from './http1-agent.ts';
import { summaryOf } from '../publishing/publish-counts.ts';
import { createRequestPipe } from './request-pipe.ts';
import { StreamConnections } from './stream-connections.ts';
import type { Target } from './target.ts';
import { openUnarySession } from './unary-session.ts';
import type { CallOptions, StreamCall, Wire } from './wire.ts';

/** A page holds at most 4 MiB of content; keys and attributes come on top. */
const readMaxBytes = 64 * 1024 * 1024;

export type ConnectProtocol = 'grpc' | 'connect' | 'connect-http1';

export function createConnectWire(target: Target, protocol: ConnectProtocol): Wire {
  const connect = () => openTransport(target, protocol);
  const { transport, close } = connect();
  const streamConnections = new StreamConnections({ open: connect, close: (connection) => connection.close() });

  const unary = unaryOver(transport);
  const publish = publishBy(unary);

  return {
    publish,
    openStream: (options) => openStream(transport, options),
    openSession: (options) =>
      protocol === 'connect-http1' ? openUnarySession(publish, options) : openConnectSession(transport, options),
    serverStream: (method, input, options) =>
      streamConnections.read(options.signal, (connection, signal) =>
        readServerStream(connection.transport, method, input, { ...options, signal }),
      ),
    unary,
    close() {
      streamConnections.close();
      close();
    },
  };
}

function openTransport(
  { baseUrl, secure }: Target,
  protocol: ConnectProtocol,
): { transport: Transport; close: () => void } {
  if (protocol === 'connect-http1') {
    const agent = createHttp1Agent(secure);
    const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', readMaxBytes, nodeOptions: { agent } });
    return { transport, close: () => agent.destroy() };
  }
  const sessionManager = new Http2SessionManager(baseUrl);
  const options = { baseUrl, readMaxBytes, sessionManager };
  const transport =
    protocol === 'grpc' ? createGrpcTransport(options) : createConnectTransport({ ...options, httpVersion: '2' });
  return { transport, close: () => sessionManager.abort() };
}

function openStream(transport: Transport, { timeoutMs, signal }: CallOptions): StreamCall {
  const cancelling = new AbortController();
  const anySignal = signal ? AbortSignal.any([signal, cancelling.signal]) : cancelling.signal;
  const pipe = createRequestPipe<PublishStreamRequest>();
  const ended = call();
  ended.catch(() => {});

  async function call() {
    try {
      const { publishStream } = EventLogService.method;
      const response = await transport.stream(publishStream, anySignal, timeoutMs, undefined, pipe.requests);
      const answers: PublishStreamResponse[] = [];
      for await (const answer of response.message) answers.push(answer);
      return summaryOf(answers[0] ?? {});
    } catch (error) {
      throw clientErrorOf(error, timeoutMs, anySignal);
    }
  }

  return {
    ended,
    async write(events) {
      await Promise.race([pipe.write({ events: events as Event[] } as PublishStreamRequest), ended]);
    },
    async finish() {
      pipe.end();
      return ended;
    },
    cancel() {
      cancelling.abort();
      pipe.cancel();
    },
  };
}
