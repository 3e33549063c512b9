// The client in Node: every transport, each loaded when it is asked for.
import { type CallingSettings, clientOverWire, type OncelogClient } from './oncelog-client.ts';
import { wireOver } from './wires/addresses-wire.ts';
import { reach } from './wires/reach.ts';
import { parseTargets, type Target } from './wires/target.ts';
import type { Wire } from './wires/wire.ts';

/**
 * grpc-js: native gRPC. connect-grpc and connect: the two protocols of connect-node over HTTP/2. rest: POST /publish,
 * and Connect over HTTP/1.1 for the rest. connect-web and grpc-web: over fetch, as in a browser.
 */
export type TransportName = 'grpc-js' | 'connect-grpc' | 'connect' | 'rest' | 'connect-web' | 'grpc-web';

const overHttp2: ReadonlySet<TransportName> = new Set(['grpc-js', 'connect-grpc', 'connect']);

export interface ClientSettings extends CallingSettings {
  /** "host:port", "http://host:port" or "https://host:port"; several, with commas between or as a list, of one log. */
  readonly target: string | readonly string[];
  readonly transport?: TransportName | undefined;
}

/** Loads the transport asked for and no other: a command line client starts in the time of one. */
export async function createOncelogClient(settings: ClientSettings): Promise<OncelogClient> {
  const { target, transport = 'grpc-js' } = settings;
  const targets = parseTargets(target);
  const wire = wireOver(targets, await wireOpener(transport), overHttp2.has(transport) ? reach : undefined);
  return clientOverWire(targets, wire, settings);
}

async function wireOpener(transport: TransportName): Promise<(target: Target) => Wire> {
  if (transport === 'grpc-js') return (await import('./wires/grpc-js-wire.ts')).createGrpcJsWire;
  if (transport === 'rest') return (await import('./wires/rest-wire.ts')).createRestWire;
  if (transport === 'connect-web' || transport === 'grpc-web') {
    const { createConnectWebWire } = await import('./wires/connect-web-wire.ts');
    return (target) => createConnectWebWire(target, transport);
  }
  const { createConnectWire } = await import('./wires/connect-wire.ts');
  return (target) => createConnectWire(target, transport === 'connect' ? 'connect' : 'grpc');
}
