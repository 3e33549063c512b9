// The base on a store that holds a million events.
import { besideTheLimit, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500On1m: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-on-1m',
  title: 'stream of 500, on 1 M events',
  runs: 'whole',
  stored: 1_000_000,
  sending: streamOf500,
  load: usualLoad,
  peers: besideTheLimit,
  events: streamEvents,
};
