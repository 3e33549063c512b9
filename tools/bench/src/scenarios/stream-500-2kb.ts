// The base with 2 KB of content an event.
import { batchEvents, besideTheLimit, type IngestScenario, streamOf500, usualLoad } from './scenario.ts';

export const stream5002kb: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-2kb',
  title: 'stream of 500, 2 KB of content',
  runs: 'whole',
  stored: 0,
  sending: streamOf500,
  load: { ...usualLoad, contentBytes: 2048 },
  peers: besideTheLimit,
  events: batchEvents,
};
