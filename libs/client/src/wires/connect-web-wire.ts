// The transports of browsers: the Connect protocol or gRPC-Web over fetch. Fetch sends no streams, it only reads them.
import { Code, ConnectError } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { withAbortableBody } from './abortable-body.ts';
import type { Target } from './target.ts';
import { wireOverTransport } from './transport-wire.ts';
import type { Wire } from './wire.ts';

export type WebTransportName = 'connect-web' | 'grpc-web';

export function createConnectWebWire({ baseUrl }: Target, transport: WebTransportName): Wire {
  const options = { baseUrl, useBinaryFormat: true, fetch: fetchFrom(baseUrl) };
  return wireOverTransport(
    transport === 'grpc-web' ? createGrpcWebTransport(options) : createConnectTransport(options),
  );
}

/** Fetch says "Failed to fetch" and no more, whether nobody listens or the page may not ask. */
function fetchFrom(baseUrl: string): typeof fetch {
  return async (input, init) => {
    try {
      return withAbortableBody(await fetch(input, init), init?.signal);
    } catch (error) {
      throw new ConnectError(reasonOf(error, baseUrl), Code.Unavailable, undefined, undefined, error);
    }
  };
}

function reasonOf(error: unknown, baseUrl: string): string {
  const { message, cause } = error as Error;
  if (cause instanceof Error && cause.message !== '') return cause.message;
  return `${message}: ${baseUrl} cannot be reached, or does not allow this page's origin (its setting --cors-origins)`;
}
