// The native gRPC transport: @grpc/grpc-js driven by the descriptors, without generated stubs.
import {
  create,
  type DescMessage,
  type DescMethodClientStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Client,
  type ClientOptions,
  type ClientWritableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  EventLogService,
  type Event,
  type PublishStreamRequest,
  type PublishStreamResponse,
  PublishStreamRequestSchema,
} from '@oncelog/protocol';
import { summaryOf } from './publish-counts.ts';
import { clientErrorOfRpc, readStatus } from './rpc-error.ts';
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

/** "No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:8080. Resolution note: " */
const connectionNoise = /^No connection established\. Last error: (?:Error: )?(.*?)\.? Resolution note:.*$/s;

/** Of ; , / ? : @ & = + $ # */
const encodedUriMarks = /%(?:3B|2C|2F|3F|3A|40|26|3D|2B|24|23)/gi;

export function createGrpcJsWire({ authority }: Target): Wire {
  const client = new Client(authority, credentials.createInsecure(), channelOptions);

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
    unary,
    close: () => client.close(),
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

type TypedMethod<I extends DescMessage, O extends DescMessage> =
  | DescMethodUnary<I, O>
  | DescMethodClientStreaming<I, O>;

function definitionOf<I extends DescMessage, O extends DescMessage>({
  parent,
  name,
  input,
  output,
}: TypedMethod<I, O>) {
  return {
    path: `/${parent.typeName}/${name}`,
    serialize: (message: MessageShape<I>) => {
      const bytes = toBinary(input, message);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    deserialize: (bytes: Buffer) => fromBinary(output, bytes),
  };
}

function clientErrorOf(error: ServiceError, timeoutMs: number, signal: AbortSignal | undefined) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = bytes === undefined ? undefined : readStatus(Buffer.from(bytes));
  return clientErrorOfRpc({
    grpcCode: error.code,
    message: status?.message || textOfDetails(error.details),
    details: status?.details ?? [],
    cancelled: signal?.aborted ?? false,
    timeoutMs,
    cause: error,
  });
}

/** grpc-js decodes the trailer like a whole URI, which leaves ":", "/" and other marks of one percent-encoded. */
function textOfDetails(details: string): string {
  return details.replace(connectionNoise, '$1').replace(encodedUriMarks, decodeURIComponent);
}

/** Returns what takes the listener off again: a signal may outlive thousands of calls. */
function onAbort(signal: AbortSignal | undefined, abort: () => void): () => void {
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}
