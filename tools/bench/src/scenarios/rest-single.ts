// REST with one event a request.
import { type IngestScenario, singleEvents, usualLoad } from './scenario.ts';

export const restSingle: IngestScenario = {
  kind: 'ingest',
  name: 'rest-single',
  title: 'REST, one event a request, 64 in flight',
  runs: 'whole',
  stored: 0,
  sending: { by: 'rest', eventsPerCall: 1, callsInFlight: 64 },
  load: usualLoad,
  peers: ['oncelog'],
  events: singleEvents,
};
