// Calls of one event each, 256 of them at a time.
import { besideTheWire, type IngestScenario, singleEvents, usualLoad } from './scenario.ts';

export const unary256: IngestScenario = {
  kind: 'ingest',
  name: 'unary-256',
  title: 'unary, one event a call, 256 in flight',
  runs: 'whole',
  stored: 0,
  sending: { by: 'unary', eventsPerCall: 1, callsInFlight: 256 },
  load: usualLoad,
  peers: besideTheWire,
  events: singleEvents,
};
