// The base, accepted by a broker beside stored at once.
import { besideNoBroker, type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const broker500: IngestScenario = {
  kind: 'ingest',
  name: 'broker-500',
  title: 'stream, 500 events a message, through Redis',
  runs: 'whole',
  stored: 0,
  sending: streamOf500,
  load: usualLoad,
  peers: besideNoBroker,
  events: streamEvents,
};
