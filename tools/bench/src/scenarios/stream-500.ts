// The base: everybody, on a stream of 500 events a message, random ids, 30 % repeats.
import { type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500',
  title: 'stream, 500 events a message',
  runs: 'quick',
  stored: 0,
  sending: streamOf500,
  load: usualLoad,
  peers: [
    'oncelog',
    'sqlite-one-row',
    'sqlite-many-rows',
    'sqlite-ceiling',
    'redis',
    'postgres',
    'nats',
    'nats-bare',
    'nats-sync-always',
    'bare-grpc',
  ],
  events: streamEvents,
};
