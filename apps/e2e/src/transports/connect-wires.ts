// gRPC, gRPC-Web and Connect as connect-node speaks them.
import { ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import { EventLogService } from '@oncelog/protocol';
import type { EventLogWire } from './event-log-wire.ts';
import { createRpcWire } from './rpc-wire.ts';
import { rpcFailure } from './wire-failure.ts';

/** Every call ends within this time or the test has found a hang. */
const defaultTimeoutMs = 15_000;

export function connectGrpcWire(baseUrl: string): EventLogWire {
  const sessionManager = new Http2SessionManager(baseUrl);
  return wireOf(createGrpcTransport({ baseUrl, sessionManager, defaultTimeoutMs }), () => sessionManager.abort());
}

export function grpcWebWire(baseUrl: string): EventLogWire {
  const transport = createGrpcWebTransport({ baseUrl, httpVersion: '1.1', defaultTimeoutMs });
  // Browsers cannot send a stream, so neither does this one.
  return wireOf(transport, () => {}, { streams: false });
}

export function connectBinaryWire(baseUrl: string): EventLogWire {
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({ baseUrl, httpVersion: '2', sessionManager, defaultTimeoutMs });
  return wireOf(transport, () => sessionManager.abort());
}

export function connectJsonWire(baseUrl: string): EventLogWire {
  const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false, defaultTimeoutMs });
  return wireOf(transport, () => {});
}

function failureOf(error: ConnectError) {
  return rpcFailure(error.code, error.rawMessage, (desc) => error.findDetails(desc)[0]);
}

function wireOf(transport: Transport, close: () => void, { streams = true } = {}): EventLogWire {
  const client = createClient(EventLogService, transport);
  const told = <T>(call: Promise<T>): Promise<T> =>
    call.catch((error: unknown) => {
      throw failureOf(ConnectError.from(error));
    });
  return createRpcWire(
    {
      publish: (input) => told(client.publish(input)),
      publishStream: (inputs) => told(client.publishStream(inputs)),
      subscribe: (input, signal) => toldThrough(client.subscribe(input, { signal, timeoutMs: 0 })),
      getEvent: (input) => told(client.getEvent(input)),
      listEvents: (input) => told(client.listEvents(input)),
      getStats: (input) => told(client.getStats(input)),
      close,
    },
    { streams },
  );
}

async function* toldThrough<T>(answers: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* answers;
  } catch (error) {
    throw failureOf(ConnectError.from(error));
  }
}
