// The base on a store that holds ten million events.
import { besideTheLimit, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500On10m: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-on-10m',
  title: 'stream of 500, on 10 M events',
  runs: 'full',
  stored: 10_000_000,
  sending: streamOf500,
  load: usualLoad,
  peers: besideTheLimit,
  events: streamEvents,
};
