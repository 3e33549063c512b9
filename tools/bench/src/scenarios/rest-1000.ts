// REST in bodies of 1,000 events, beside the limit.
import { besideTheLimit, type IngestScenario, streamEvents, usualLoad } from './scenario.ts';

export const rest1000: IngestScenario = {
  kind: 'ingest',
  name: 'rest-1000',
  title: 'REST, 1,000 events a request, 4 in flight',
  runs: 'quick',
  stored: 0,
  sending: { by: 'rest', eventsPerCall: 1000, callsInFlight: 4 },
  load: usualLoad,
  peers: besideTheLimit,
  events: streamEvents,
};
