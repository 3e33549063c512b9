// Every way to reach the log, by name.
import type { AggregatorProcess } from '../launch/aggregator-process.ts';
import { connectBinary, connectGrpc, connectJson, grpcWeb } from './connect-transports.ts';
import { connectConsumerWire, connectWire } from './connect-wires.ts';
import type { ConsumerWire } from './consumer-wire.ts';
import type { EventLogWire } from './event-log-wire.ts';
import { grpcJsConsumerWire, grpcJsWire } from './grpc-js-wire.ts';
import { restWire } from './rest-wire.ts';

type Wires<Wire> = readonly (readonly [name: string, open: (aggregator: AggregatorProcess) => Wire])[];

export const everyWire: Wires<EventLogWire> = [
  ['gRPC by grpc-js', ({ target }) => grpcJsWire(target)],
  ['gRPC by connect-node', ({ url }) => connectWire(connectGrpc(url))],
  ['gRPC-Web', ({ url }) => connectWire(grpcWeb(url))],
  ['Connect, binary over HTTP/2', ({ url }) => connectWire(connectBinary(url))],
  ['Connect, JSON over HTTP/1.1', ({ url }) => connectWire(connectJson(url))],
  ['REST', ({ url }) => restWire(url)],
];

export const restName = 'REST';

/** REST has no page tokens, views or streams. */
export const rpcWires = everyWire.filter(([name]) => name !== restName);

/** REST has no consumer groups. */
export const consumerWires: Wires<ConsumerWire> = [
  ['gRPC by grpc-js', ({ target }) => grpcJsConsumerWire(target)],
  ['gRPC by connect-node', ({ url }) => connectConsumerWire(connectGrpc(url))],
  ['gRPC-Web', ({ url }) => connectConsumerWire(grpcWeb(url))],
  ['Connect, binary over HTTP/2', ({ url }) => connectConsumerWire(connectBinary(url))],
  ['Connect, JSON over HTTP/1.1', ({ url }) => connectConsumerWire(connectJson(url))],
];
