// Every way to reach the log, by name.
import type { AggregatorProcess } from '../launch/aggregator-process.ts';
import { connectBinaryWire, connectGrpcWire, connectJsonWire, grpcWebWire } from './connect-wires.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { grpcJsWire } from './grpc-js-wire.ts';
import { restWire } from './rest-wire.ts';

type OpenWire = (aggregator: AggregatorProcess) => EventLogWire;

export const everyWire: readonly (readonly [name: string, open: OpenWire])[] = [
  ['gRPC by grpc-js', ({ target }) => grpcJsWire(target)],
  ['gRPC by connect-node', ({ url }) => connectGrpcWire(url)],
  ['gRPC-Web', ({ url }) => grpcWebWire(url)],
  ['Connect, binary over HTTP/2', ({ url }) => connectBinaryWire(url)],
  ['Connect, JSON over HTTP/1.1', ({ url }) => connectJsonWire(url)],
  ['REST', ({ url }) => restWire(url)],
];

export const restName = 'REST';

/** REST has no page tokens, views or streams. */
export const rpcWires = everyWire.filter(([name]) => name !== restName);
