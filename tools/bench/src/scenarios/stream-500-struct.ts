// The base with content as a Struct, which the server turns into JSON.
import { besideTheLimit, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500Struct: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-struct',
  title: 'stream of 500, content as Struct',
  runs: 'whole',
  stored: 0,
  sending: streamOf500,
  load: { ...usualLoad, content: 'struct' },
  peers: besideTheLimit,
  events: streamEvents,
};
