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

/** Streams and calls go to one address after the other, on a connection each. */
export function connectGrpc(
  addresses: readonly string[],
  sending: Sending & { readonly by: 'stream' | 'unary' },
): Connection {
  const clients = addresses.map(openClient);
  const clientOf = (lane: number) => clients[lane % clients.length]!;
  const eventsPerRequest = sending.by === 'stream' ? sending.eventsPerMessage : sending.eventsPerCall;
  return {
    prepare: async ({ events, content }): Promise<PreparedLoad> => {
      const requests = inBatches(events, eventsPerRequest).map((batch) => encodeRequest(batch, content));
      if (sending.by === 'unary') return { send: (latencies) => sendCalls(clientOf, requests, sending, latencies) };
      const { streams = 1 } = sending;
      const shares = Array.from({ length: streams }, (_, stream) =>
        requests.filter((_request, index) => index % streams === stream),
      );
      return { send: async () => sumOf(await Promise.all(shares.map((share, at) => sendStream(clientOf(at), share)))) };
    },
    close: async () => {
      for (const client of clients) client.close();
    },
  };
}

function openClient(address: string): Client {
  return new Client(address, credentials.createInsecure(), {
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.use_local_subchannel_pool': 1,
  });
}

type Counts = Required<Tally>;

function sumOf(tallies: readonly Counts[]): Counts {
  const sum = (count: keyof Counts) => tallies.reduce((total, tally) => total + tally[count], 0);
  return { stored: sum('stored'), duplicates: sum('duplicates'), accepted: sum('accepted') };
}

async function sendStream(client: Client, requests: readonly Buffer[]): Promise<Counts> {
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
  return {
    stored: Number(summary?.stored),
    duplicates: Number(summary?.duplicates),
    accepted: Number(summary?.accepted),
  };
}

function drained(call: ClientWritableStream<Buffer>): Promise<void> {
  return new Promise((resolve) => void call.once('drain', resolve));
}

async function sendCalls(
  clientOf: (lane: number) => Client,
  requests: readonly Buffer[],
  { callsInFlight }: Sending & { readonly by: 'unary' },
  latencies: LatencyHistogram,
): Promise<Counts> {
  const tally = { stored: 0, duplicates: 0, accepted: 0 };
  await callInFlight(requests, callsInFlight, latencies, async (request, lane) => {
    for (const { status } of (await publish(clientOf(lane), request)).outcomes) {
      if (status === OutcomeStatus.STORED) tally.stored += 1;
      else if (status === OutcomeStatus.DUPLICATE) tally.duplicates += 1;
      else if (status === OutcomeStatus.ACCEPTED) tally.accepted += 1;
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
