// The base with nine repeats to each new event.
import { besideTheLimit, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500Repeats90: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-repeats-90',
  title: 'stream of 500, 90 % repeats',
  runs: 'whole',
  stored: 0,
  sending: streamOf500,
  load: { ...usualLoad, repeats: 0.9 },
  peers: besideTheLimit,
  events: streamEvents,
};
