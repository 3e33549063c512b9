// gRPC as @grpc/grpc-js speaks it: a second implementation, written by other people.
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  type DescMessage,
} from '@bufbuild/protobuf';
import {
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientWritableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { ConsumerService, EventLogService, StatusSchema } from '@oncelog/protocol';
import type { ConsumerWire } from './consumer-wire.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { createRpcWire } from './rpc-wire.ts';
import { findAmong, rpcFailure, type WireFailure } from './wire-failure.ts';

/** Every call ends within this time or the test has found a hang. */
const callTimeoutMs = 15_000;

const options: ClientOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
};

export function createGrpcClient(target: string): Client {
  return new Client(target, credentials.createInsecure(), options);
}

export function grpcJsWire(target: string): EventLogWire {
  const client = createGrpcClient(target);
  const { publish, publishStream, publishSession, subscribe, checkEvents, getEvent, listEvents, getStats } =
    EventLogService.method;
  return createRpcWire(
    {
      publish: (input) => unary(client, publish, input),
      checkEvents: (input) => unary(client, checkEvents, input),
      getEvent: (input) => unary(client, getEvent, input),
      listEvents: (input) => unary(client, listEvents, input),
      getStats: (input) => unary(client, getStats, input),
      subscribe: (input, signal) => serverStream(client, subscribe, input, signal),
      publishStream: (inputs) => clientStream(client, publishStream, inputs),
      publishSession: (inputs, signal) => bidiStream(client, publishSession, inputs, signal),
      close: () => client.close(),
    },
    { streams: true, sessions: true },
  );
}

export function grpcJsConsumerWire(target: string): ConsumerWire {
  const client = createGrpcClient(target);
  const { streamingPull } = ConsumerService.method;
  return {
    call: (method, input) => unary(client, method, input),
    streamingPull: (input) => serverStream(client, streamingPull, input),
    close: () => client.close(),
  };
}

type Method<I extends DescMessage, O extends DescMessage> = DescMethod & { readonly input: I; readonly output: O };

export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

export function codecOf<I extends DescMessage, O extends DescMessage>({ input, output }: Method<I, O>) {
  return {
    serialize: (message: MessageInitShape<I>) => Buffer.from(toBinary(input, create(input, message))),
    deserialize: (bytes: Buffer) => fromBinary(output, bytes),
  };
}

export function unary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: Method<I, O>,
  input: MessageInitShape<I>,
  metadata = new Metadata(),
): Promise<MessageShape<O>> {
  const { serialize, deserialize } = codecOf(method);
  const deadline = Date.now() + callTimeoutMs;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(pathOf(method), serialize, deserialize, input, metadata, { deadline }, (error, output) => {
      if (error) reject(failureOf(error));
      else resolve(output!);
    });
  });
}

async function clientStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: Method<I, O>,
  inputs: AsyncIterable<MessageInitShape<I>>,
): Promise<MessageShape<O>> {
  const { serialize, deserialize } = codecOf(method);
  const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
  const deadline = Date.now() + callTimeoutMs;
  const call = client.makeClientStreamRequest(
    pathOf(method),
    serialize,
    deserialize,
    new Metadata(),
    { deadline },
    (error, output) => {
      if (error) reject(failureOf(error));
      else resolve(output!);
    },
  );
  await sendAll(
    call,
    inputs,
    promise.catch(() => {}),
  );
  return promise;
}

/** Half-closes behind the last; sends no more when the call is over. */
async function sendAll<Input>(
  call: ClientWritableStream<Input> | ClientDuplexStream<Input, unknown>,
  inputs: AsyncIterable<Input>,
  over: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  void over.then(() => (isOver = true));
  for await (const input of inputs) {
    if (isOver) break;
    if (!call.write(input)) {
      await Promise.race([new Promise<void>((drained) => void call.once('drain', drained)), over]);
    }
  }
  call.end();
}

async function* serverStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: Method<I, O>,
  input: MessageInitShape<I>,
  signal?: AbortSignal,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const { serialize, deserialize } = codecOf(method);
  const call = client.makeServerStreamRequest(pathOf(method), serialize, deserialize, input);
  yield* answersTo<MessageShape<O>>(call, signal);
}

async function* bidiStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: Method<I, O>,
  inputs: AsyncIterable<MessageInitShape<I>>,
  signal: AbortSignal,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const { serialize, deserialize } = codecOf(method);
  const deadline = Date.now() + callTimeoutMs;
  const call = client.makeBidiStreamRequest(pathOf(method), serialize, deserialize, new Metadata(), { deadline });
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  void sendAll(call, inputs, over);
  try {
    yield* answersTo<MessageShape<O>>(call, signal);
  } finally {
    end();
  }
}

/** Ends the call when they are not read to their end. */
async function* answersTo<Answer>(
  call: ClientReadableStream<Answer>,
  signal?: AbortSignal,
): AsyncGenerator<Answer, void, undefined> {
  const cancel = () => call.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    for await (const answer of call) yield answer as Answer;
  } catch (error) {
    throw failureOf(error as ServiceError);
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancel();
  }
}

function failureOf(error: ServiceError): WireFailure {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (bytes === undefined) return rpcFailure(error.code, error.details, () => undefined);
  // Its message is whole; grpc-js decodes that of the trailer as a URI, which leaves ":" and "," percent-encoded.
  const { message, details } = fromBinary(StatusSchema, Buffer.from(bytes));
  return rpcFailure(error.code, message, findAmong(details));
}
