// The connect-node transports: gRPC or the Connect protocol over HTTP/2, or Connect over HTTP/1.1.
import { Agent } from 'node:http';
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { ConnectError, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { EventLogService, type Event, type PublishStreamRequest, type PublishStreamResponse } from '@oncelog/protocol';
import { OncelogClientError } from './client-error.ts';
import { summaryOf } from './publish-counts.ts';
import { clientErrorOfRpc, grpcCodes } from './rpc-error.ts';
import type { Target } from './target.ts';
import type { CallOptions, StreamCall, Wire } from './wire.ts';

/** A page holds at most 4 MiB of content; keys and attributes come on top. */
const readMaxBytes = 64 * 1024 * 1024;

/** Messages of a stream that wait for the connection. */
const streamBufferMessagesMax = 16;

/** Sockets to one aggregator over HTTP/1.1, where a call keeps one to itself. */
export const socketsMax = 64;

export type ConnectProtocol = 'grpc' | 'connect' | 'connect-http1';

export function createConnectWire({ baseUrl }: Target, protocol: ConnectProtocol): Wire {
  const { transport, close } = openTransport(baseUrl, protocol);

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

  return {
    publish: (events, options) => unary(EventLogService.method.publish, { events: events as Event[] }, options),
    openStream: (options) => openStream(transport, options),
    unary,
    close,
  };
}

function openTransport(baseUrl: string, protocol: ConnectProtocol): { transport: Transport; close: () => void } {
  if (protocol === 'connect-http1') {
    const agent = new Agent({ keepAlive: true, maxSockets: socketsMax });
    const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', readMaxBytes, nodeOptions: { agent } });
    return { transport, close: () => agent.destroy() };
  }
  const sessionManager = new Http2SessionManager(baseUrl);
  const options = { baseUrl, readMaxBytes, sessionManager };
  const transport =
    protocol === 'grpc' ? createGrpcTransport(options) : createConnectTransport({ ...options, httpVersion: '2' });
  return { transport, close: () => sessionManager.abort() };
}

/** Connect pulls its requests from an iterable; a web stream turns that into writes with back-pressure. */
function openStream(transport: Transport, { timeoutMs, signal }: CallOptions): StreamCall {
  const cancelling = new AbortController();
  const anySignal = signal ? AbortSignal.any([signal, cancelling.signal]) : cancelling.signal;
  const pipe = new TransformStream<PublishStreamRequest>(
    undefined,
    new CountQueuingStrategy({ highWaterMark: streamBufferMessagesMax }),
  );
  const writer = pipe.writable.getWriter();
  writer.closed.catch(() => {});
  writer.ready.catch(() => {});
  const requests = requestsOf(pipe.readable);
  const ended = call();
  ended.catch(() => {});

  async function call() {
    try {
      const { publishStream } = EventLogService.method;
      const response = await transport.stream(publishStream, anySignal, timeoutMs, undefined, requests);
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
      const request = { events: events as Event[] } as PublishStreamRequest;
      writer.write(request).catch(() => {});
      await Promise.race([writer.ready, ended]);
    },
    async finish() {
      writer.close().catch(() => {});
      return ended;
    },
    cancel() {
      cancelling.abort();
      writer.abort().catch(() => {});
    },
  };
}

/** Connect asks for the iterator a second time and throws into it: a generator stands that, a web stream does not. */
async function* requestsOf(readable: ReadableStream<PublishStreamRequest>) {
  for await (const request of readable) yield request;
}

function clientErrorOf(error: unknown, timeoutMs: number, signal: AbortSignal | undefined): OncelogClientError {
  if (error instanceof OncelogClientError) return error;
  const connectError = ConnectError.from(error, grpcCodes.unavailable);
  return clientErrorOfRpc({
    grpcCode: connectError.code,
    message: connectError.rawMessage,
    details: connectError.details.filter((detail) => 'type' in detail),
    cancelled: signal?.aborted ?? false,
    timeoutMs,
    cause: error,
  });
}
