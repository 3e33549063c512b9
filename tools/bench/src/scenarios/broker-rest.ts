// One event a request over REST, accepted by a broker beside stored at once.
import { besideNoBroker, type IngestScenario, singleEvents, usualLoad } from './scenario.ts';

export const brokerRest: IngestScenario = {
  kind: 'ingest',
  name: 'broker-rest',
  title: 'REST, one event a request, 64 in flight, through Redis',
  runs: 'whole',
  stored: 0,
  sending: { by: 'rest', eventsPerCall: 1, callsInFlight: 64 },
  load: usualLoad,
  peers: besideNoBroker,
  events: singleEvents,
};
