// REST in bodies of 100 events.
import { batchEvents, besideTheLimit, type IngestScenario, usualLoad } from './scenario.ts';

export const rest100: IngestScenario = {
  kind: 'ingest',
  name: 'rest-100',
  title: 'REST, 100 events a request, 16 in flight',
  runs: 'whole',
  stored: 0,
  sending: { by: 'rest', eventsPerCall: 100, callsInFlight: 16 },
  load: usualLoad,
  peers: besideTheLimit,
  events: batchEvents,
};
