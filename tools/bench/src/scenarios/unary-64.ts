// Calls of one event each, 64 of them at a time.
import { besideTheWire, type IngestScenario, singleEvents, usualLoad } from './scenario.ts';

export const unary64: IngestScenario = {
  kind: 'ingest',
  name: 'unary-64',
  title: 'unary, one event a call, 64 in flight',
  runs: 'quick',
  stored: 0,
  sending: { by: 'unary', eventsPerCall: 1, callsInFlight: 64 },
  load: usualLoad,
  peers: besideTheWire,
  events: singleEvents,
};
