// What a browser loads: the same client over fetch, without a transport of Node.
import { wireOver } from './wires/addresses-wire.ts';
import { createConnectWebWire, type WebTransportName } from './wires/connect-web-wire.ts';
import { type CallingSettings, clientOverWire, type OncelogClient } from './oncelog-client.ts';
import { parseTargets } from './wires/target.ts';

export * from './everywhere.ts';

/** connect-web: the Connect protocol. grpc-web: for proxies that know only gRPC-Web. */
export type TransportName = WebTransportName;

export interface ClientSettings extends CallingSettings {
  /** "https://host:port", or "http://host:port" while developing; several, with commas or as a list, of one log. */
  readonly target: string | readonly string[];
  readonly transport?: TransportName | undefined;
}

/** A promise as in Node, so that the same program runs in both. */
export async function createOncelogClient(settings: ClientSettings): Promise<OncelogClient> {
  const { target, transport = 'connect-web' } = settings;
  const targets = parseTargets(target);
  const wire = wireOver(targets, (each) => createConnectWebWire(each, transport));
  return clientOverWire(targets, wire, settings);
}
