// One event a call over gRPC, accepted by a broker beside stored at once.
import { besideNoBroker, type IngestScenario, singleEvents, usualLoad } from './scenario.ts';

export const brokerUnary: IngestScenario = {
  kind: 'ingest',
  name: 'broker-unary',
  title: 'unary, one event a call, 64 in flight, through Redis',
  runs: 'whole',
  stored: 0,
  sending: { by: 'unary', eventsPerCall: 1, callsInFlight: 64 },
  load: usualLoad,
  peers: besideNoBroker,
  events: singleEvents,
};
