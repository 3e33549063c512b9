// The client in Node: every transport, each loaded when it is asked for.
import { type CallingSettings, clientOverWire, type OncelogClient } from './oncelog-client.ts';
import { parseTarget, type Target } from './wires/target.ts';
import type { Wire } from './wires/wire.ts';

/**
 * grpc-js: native gRPC. connect-grpc and connect: the two protocols of connect-node over HTTP/2. rest: POST /publish,
 * and Connect over HTTP/1.1 for the rest. connect-web and grpc-web: over fetch, as in a browser.
 */
export type TransportName = 'grpc-js' | 'connect-grpc' | 'connect' | 'rest' | 'connect-web' | 'grpc-web';

export interface ClientSettings extends CallingSettings {
  /** "host:port", "http://host:port" or "https://host:port". */
  readonly target: string;
  readonly transport?: TransportName | undefined;
}

/** Loads the transport asked for and no other: a command line client starts in the time of one. */
export async function createOncelogClient(settings: ClientSettings): Promise<OncelogClient> {
  const target = parseTarget(settings.target);
  return clientOverWire(target, await openWire(target, settings.transport ?? 'grpc-js'), settings);
}

async function openWire(target: Target, transport: TransportName): Promise<Wire> {
  if (transport === 'grpc-js') return (await import('./wires/grpc-js-wire.ts')).createGrpcJsWire(target);
  if (transport === 'rest') return (await import('./wires/rest-wire.ts')).createRestWire(target);
  if (transport === 'connect-web' || transport === 'grpc-web')
    return (await import('./wires/connect-web-wire.ts')).createConnectWebWire(target, transport);
  const { createConnectWire } = await import('./wires/connect-wire.ts');
  return createConnectWire(target, transport === 'connect' ? 'connect' : 'grpc');
}
