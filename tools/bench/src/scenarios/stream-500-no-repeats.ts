// The base without a single repeat.
import { besideTheLimit, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const stream500NoRepeats: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-no-repeats',
  title: 'stream of 500, no repeats',
  runs: 'whole',
  stored: 0,
  sending: streamOf500,
  load: { ...usualLoad, repeats: 0 },
  peers: besideTheLimit,
  events: streamEvents,
};
