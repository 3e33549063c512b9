// The transports of connect-node: gRPC, gRPC-Web and Connect over the versions of HTTP that they use.
import type { Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import type { Sends } from './rpc-wire.ts';

/** Every call ends within this time or the test has found a hang. */
const defaultTimeoutMs = 15_000;

export interface OpenTransport {
  readonly transport: Transport;
  readonly sends: Sends;
  close(): void;
}

export function connectGrpc(baseUrl: string): OpenTransport {
  const sessionManager = new Http2SessionManager(baseUrl);
  return overHttp2(createGrpcTransport({ baseUrl, sessionManager, defaultTimeoutMs }), sessionManager);
}

export function grpcWeb(baseUrl: string): OpenTransport {
  const transport = createGrpcWebTransport({ baseUrl, httpVersion: '1.1', defaultTimeoutMs });
  // Browsers cannot send a stream, so neither does this one.
  return { transport, sends: { streams: false, sessions: false }, close: () => {} };
}

export function connectBinary(baseUrl: string): OpenTransport {
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({ baseUrl, httpVersion: '2', sessionManager, defaultTimeoutMs });
  return overHttp2(transport, sessionManager);
}

export function connectJson(baseUrl: string): OpenTransport {
  const transport = createConnectTransport({ baseUrl, httpVersion: '1.1', useBinaryFormat: false, defaultTimeoutMs });
  // HTTP/1.1 has its answer behind the request.
  return { transport, sends: { streams: true, sessions: false }, close: () => {} };
}

function overHttp2(transport: Transport, sessionManager: Http2SessionManager): OpenTransport {
  return { transport, sends: { streams: true, sessions: true }, close: () => sessionManager.abort() };
}
