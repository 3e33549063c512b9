// The base as a user sends it: through the project's own client, which encodes on the clock.
import { besideTheLimit, type IngestScenario, streamEvents, usualLoad } from './scenario.ts';

export const stream500OwnClient: IngestScenario = {
  kind: 'ingest',
  name: 'stream-500-own-client',
  title: "stream of 500, through the project's own client",
  runs: 'whole',
  stored: 0,
  sending: { by: 'own-client', eventsPerMessage: 500 },
  load: usualLoad,
  peers: besideTheLimit,
  events: streamEvents,
};
