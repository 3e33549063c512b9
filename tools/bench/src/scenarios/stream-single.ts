// A stream of single events, beside the same messages sent to a server that only reads them.
import { batchEvents, besideTheWire, type IngestScenario, usualLoad } from './scenario.ts';

export const streamSingle: IngestScenario = {
  kind: 'ingest',
  name: 'stream-single',
  title: 'stream of single events',
  runs: 'quick',
  stored: 0,
  sending: { by: 'stream', eventsPerMessage: 1 },
  load: usualLoad,
  peers: besideTheWire,
  events: batchEvents,
};
