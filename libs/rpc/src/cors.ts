// Cross-origin requests from browsers: none, unless the operator names the origins.
import type { NodeRequest, NodeResponse } from './port/dual-server.ts';

const requestHeaders = [
  'content-type',
  'connect-protocol-version',
  'connect-timeout-ms',
  'grpc-timeout',
  'idempotency-key',
  'last-event-id',
  'x-grpc-web',
  'x-user-agent',
];
const responseHeaders = [
  'grpc-status',
  'grpc-message',
  'grpc-status-details-bin',
  'link',
  'retry-after',
  'x-total-count',
];
const preflightAgeSeconds = '7200';

/** Sets the headers an allowed origin needs; true when the request was a preflight and is answered. */
export function handleCors(request: NodeRequest, response: NodeResponse, origins: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origin === undefined || origins.length === 0) return false;
  const any = origins.includes('*');
  if (!any && !origins.includes(origin)) return false;
  response.setHeader('access-control-allow-origin', any ? '*' : origin);
  response.setHeader('vary', 'origin');
  response.setHeader('access-control-expose-headers', responseHeaders.join(', '));
  if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false;
  response.setHeader('access-control-allow-methods', 'GET, HEAD, POST');
  response.setHeader('access-control-allow-headers', requestHeaders.join(', '));
  response.setHeader('access-control-max-age', preflightAgeSeconds);
  response.statusCode = 204;
  response.end();
  return true;
}
