// The native gRPC transport: @grpc/grpc-js driven by the descriptors, without generated stubs.
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { Client, type ClientOptions, type ClientWritableStream, credentials, Metadata } from '@grpc/grpc-js';
import {
  EventLogService,
  type Event,
  type PublishStreamRequest,
  type PublishStreamResponse,
  PublishStreamRequestSchema,
} from '@oncelog/protocol';
import { clientErrorOf, definitionOf, onAbort } from './grpc-js-call.ts';
import { readServerStream } from './grpc-js-server-stream.ts';
import { openGrpcJsSession } from './grpc-js-session.ts';
import { summaryOf } from '../publishing/publish-counts.ts';
import { StreamConnections } from './stream-connections.ts';
import type { Target } from './target.ts';
import type { CallOptions, StreamCall, Wire } from './wire.ts';

/** A page holds at most 4 MiB of content; keys and attributes come on top. */
const receiveBytesMax = 64 * 1024 * 1024;

const channelOptions: ClientOptions = {
  // The default looks for a restarted server after up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
  // Retries are made above, with the same ids and a backoff: a second layer would hide attempts and buffer requests.
  'grpc.enable_retries': 0,
  'grpc.max_receive_message_length': receiveBytesMax,
  // The aggregator is a neighbour: a proxy meant for the web must not catch calls to 127.0.0.1.
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
};

/**
 * Of a connection for streams: on the 64 KiB that it has by itself 50 busy ones starve each other, some for seconds. A
 * stream that nobody reads holds as much.
 */
const streamWindowBytes = 512 * 1024;

const streamChannelOptions: ClientOptions = {
  ...channelOptions,
  'grpc-node.flow_control_window': streamWindowBytes,
};

export function createGrpcJsWire({ authority, secure }: Target): Wire {
  const channel = secure ? credentials.createSsl() : credentials.createInsecure();
  const client = new Client(authority, channel, channelOptions);
  const streamConnections = new StreamConnections({
    open: () => new Client(authority, channel, streamChannelOptions),
    close: (connection) => connection.close(),
  });

  function unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    { timeoutMs, signal }: CallOptions,
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      const { path, serialize, deserialize } = definitionOf(method);
      const message = create(method.input, input);
      const deadline = Date.now() + timeoutMs;
      const call = client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        message,
        new Metadata(),
        { deadline },
        (error, output) => {
          disarm();
          if (error) reject(clientErrorOf(error, timeoutMs, signal));
          else resolve(output!);
        },
      );
      const disarm = onAbort(signal, () => call.cancel());
    });
  }

  function openStream({ timeoutMs, signal }: CallOptions): StreamCall {
    const { path, serialize, deserialize } = definitionOf(EventLogService.method.publishStream);
    const { promise, resolve, reject } = Promise.withResolvers<PublishStreamResponse>();
    const deadline = Date.now() + timeoutMs;
    const call = client.makeClientStreamRequest(
      path,
      serialize,
      deserialize,
      new Metadata(),
      { deadline },
      (error, output) => {
        disarm();
        if (error) reject(clientErrorOf(error, timeoutMs, signal));
        else resolve(output!);
      },
    );
    const disarm = onAbort(signal, () => call.cancel());
    return streamCallOf(call, promise);
  }

  return {
    publish: (events, options) => unary(EventLogService.method.publish, { events: events as Event[] }, options),
    openStream,
    openSession: (options) => openGrpcJsSession(client, options),
    serverStream: (method, input, options) =>
      streamConnections.read(options.signal, (connection, signal) =>
        readServerStream(connection, method, input, { ...options, signal }),
      ),
    unary,
    close() {
      streamConnections.close();
      client.close();
    },
  };
}

function streamCallOf(
  call: ClientWritableStream<PublishStreamRequest>,
  response: Promise<PublishStreamResponse>,
): StreamCall {
  const ended = response.then(summaryOf);
  // Failures reach the caller through `ended`; unheard, these two would end the process.
  ended.catch(() => {});
  call.on('error', () => {});
  return {
    ended,
    async write(events) {
      if (call.write(create(PublishStreamRequestSchema, { events: events as Event[] }))) return;
      const drained = new Promise<void>((resolve) => void call.once('drain', resolve));
      await Promise.race([drained, ended]);
    },
    finish() {
      call.end();
      return ended;
    },
    cancel: () => call.cancel(),
  };
}
