// The base with ids that begin with the time: they fill the index from one end.
import { besideTheLimit, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500Ordered: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-ordered',
  title: 'stream of 500, time-ordered ids',
  runs: 'quick',
  stored: 0,
  sending: streamOf500,
  load: { ...usualLoad, ids: 'ordered' },
  peers: besideTheLimit,
  events: streamEvents,
};
