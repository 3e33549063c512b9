// Which calls the lean path takes: gRPC as its clients send it. What is unusual is left to the general path.
import type { IncomingHttpHeaders } from 'node:http2';
import { parseTimeout } from '@connectrpc/connect/protocol-grpc';
import { callTimeoutMaxMs } from '../port/http-limits.ts';

/** A browser's origin, an expectation and a compressed request are the general path's. */
export function isPlainCall(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  const encoding = headers['grpc-encoding'];
  return (
    headers[':method'] === 'POST' &&
    (type === 'application/grpc' || type === 'application/grpc+proto') &&
    (encoding === undefined || encoding === 'identity') &&
    headers.origin === undefined &&
    headers.expect === undefined &&
    isHost(headers[':authority'] ?? headers.host) &&
    isTimeout(headers['grpc-timeout'])
  );
}

let lastHost: string | undefined;

/** A connection asks for the same host with every call: a URL is parsed once for all of them. */
function isHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  if (host === lastHost) return true;
  if (!URL.canParse(`http://${host}`)) return false;
  lastHost = host;
  return true;
}

function isTimeout(value: string | string[] | undefined): boolean {
  return value === undefined || timeoutMsOf(value) !== undefined;
}

export function timeoutMsOf(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const { timeoutMs, error } = parseTimeout(value, callTimeoutMaxMs);
  return error ? undefined : timeoutMs;
}
