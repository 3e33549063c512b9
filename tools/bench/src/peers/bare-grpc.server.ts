// A gRPC server that reads what it is sent and acknowledges it: the same contract, no store behind it.
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import {
  EventLogService,
  OutcomeStatus,
  type PublishRequest,
  type PublishRequestSchema,
  type PublishResponseSchema,
  type PublishStreamRequest,
  type PublishStreamResponseSchema,
} from '@oncelog/protocol';

/** As the aggregator: one 4 MiB message in two round trips instead of 64, which is what large uploads need. */
const windowBytes = 1024 * 1024;

type PublishAnswer = MessageInitShape<typeof PublishResponseSchema>;
type StreamAnswer = MessageInitShape<typeof PublishStreamResponseSchema>;

let position = 0n;

function publish(
  { request }: ServerUnaryCall<MessageShape<typeof PublishRequestSchema>, PublishAnswer>,
  answer: sendUnaryData<PublishAnswer>,
): void {
  const first = position + 1n;
  const outcomes = request.events.map(() => ({ status: OutcomeStatus.STORED, position: (position += 1n) }));
  const received = BigInt(outcomes.length);
  const summary = { received, stored: received, firstPosition: first, lastPosition: position };
  answer(null, { outcomes, summary });
}

function publishStream(
  call: ServerReadableStream<PublishStreamRequest, StreamAnswer>,
  answer: sendUnaryData<StreamAnswer>,
): void {
  let received = 0n;
  call.on('data', ({ events }: PublishRequest) => (received += BigInt(events.length)));
  call.on('end', () => answer(null, { summary: { received, stored: received } }));
  call.on('error', () => undefined);
}

function definitionOf(method: DescMethod) {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming',
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => fromBinary(method.input, bytes),
    responseSerialize: (answer: MessageInitShape<typeof method.output>) =>
      Buffer.from(toBinary(method.output, create(method.output, answer))),
    responseDeserialize: (bytes: Buffer) => fromBinary(method.output, bytes),
  };
}

const definition: ServiceDefinition = {
  publish: definitionOf(EventLogService.method.publish),
  publishStream: definitionOf(EventLogService.method.publishStream),
};

const server = new Server({ 'grpc-node.flow_control_window': windowBytes });
server.addService(definition, { publish, publishStream });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`bare-grpc listens on http://127.0.0.1:${port}\n`);
});
process.once('SIGTERM', () => {
  server.forceShutdown();
  process.exit(0);
});
