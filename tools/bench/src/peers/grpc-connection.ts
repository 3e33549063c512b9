// Native gRPC with messages that were encoded beforehand, so that the clock sees the server rather than the client.
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { Client, type ClientWritableStream, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  EventLogService,
  OutcomeStatus,
  type PublishResponse,
  PublishResponseSchema,
  type PublishStreamResponse,
  PublishStreamResponseSchema,
} from '@oncelog/protocol';
import type { LatencyHistogram } from '../measure/latency-histogram.ts';
import { callInFlight, inBatches } from './calls-in-flight.ts';
import { encodeRequest } from './event-encoding.ts';
import type { Connection, PreparedLoad, Sending, Tally } from './peer.ts';

/** Far beyond any round: it ends a round that hangs. */
const callTimeoutMs = 120_000;

const service = `/${EventLogService.typeName}`;
const asItIs = (bytes: Buffer): Buffer => bytes;

export function connectGrpc(address: string, sending: Sending & { readonly by: 'stream' | 'unary' }): Connection {
  const client = new Client(address, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
  const eventsPerRequest = sending.by === 'stream' ? sending.eventsPerMessage : sending.eventsPerCall;
  return {
    prepare: async ({ events, content }): Promise<PreparedLoad> => {
      const requests = inBatches(events, eventsPerRequest).map((batch) => encodeRequest(batch, content));
      if (sending.by === 'stream') return { send: () => sendStream(client, requests) };
      return { send: (latencies) => sendCalls(client, requests, sending.callsInFlight, latencies) };
    },
    close: async () => client.close(),
  };
}

async function sendStream(client: Client, requests: readonly Buffer[]): Promise<Tally> {
  const { promise, resolve, reject } = Promise.withResolvers<PublishStreamResponse>();
  const answered = (error: ServiceError | null, response?: PublishStreamResponse) =>
    error ? reject(error) : resolve(response!);
  const options = { deadline: Date.now() + callTimeoutMs };
  const decode = decoderOf(PublishStreamResponseSchema);
  const path = `${service}/${EventLogService.method.publishStream.name}`;
  const call = client.makeClientStreamRequest(path, asItIs, decode, new Metadata(), options, answered);
  for (const request of requests) {
    if (!call.write(request)) await Promise.race([drained(call), promise]);
  }
  call.end();
  const { summary } = await promise;
  return { stored: Number(summary?.stored), duplicates: Number(summary?.duplicates) };
}

function drained(call: ClientWritableStream<Buffer>): Promise<void> {
  return new Promise((resolve) => void call.once('drain', resolve));
}

async function sendCalls(
  client: Client,
  requests: readonly Buffer[],
  inFlight: number,
  latencies: LatencyHistogram,
): Promise<Tally> {
  const tally = { stored: 0, duplicates: 0 };
  await callInFlight(requests, inFlight, latencies, async (request) => {
    for (const { status } of (await publish(client, request)).outcomes) {
      if (status === OutcomeStatus.STORED) tally.stored += 1;
      else if (status === OutcomeStatus.DUPLICATE) tally.duplicates += 1;
    }
  });
  return tally;
}

const publishPath = `${service}/${EventLogService.method.publish.name}`;
const decodeResponse = decoderOf(PublishResponseSchema);

function publish(client: Client, request: Buffer): Promise<PublishResponse> {
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + callTimeoutMs };
    client.makeUnaryRequest(publishPath, asItIs, decodeResponse, request, new Metadata(), options, (error, response) =>
      error ? reject(error) : resolve(response!),
    );
  });
}

function decoderOf<Schema extends DescMessage>(schema: Schema): (bytes: Buffer) => MessageShape<Schema> {
  return (bytes) => fromBinary(schema, bytes);
}
