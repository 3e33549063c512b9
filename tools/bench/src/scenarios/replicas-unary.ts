// Four replicas on one PostgreSQL beside one, with calls of one event each.
import { besideOneReplica, type IngestScenario, singleEvents, usualLoad } from './scenario.ts';

export const replicasUnary: IngestScenario = {
  kind: 'ingest',
  name: 'replicas-unary',
  title: 'unary, one event a call, 64 in flight, on PostgreSQL',
  runs: 'whole',
  stored: 0,
  sending: { by: 'unary', eventsPerCall: 1, callsInFlight: 64 },
  load: usualLoad,
  peers: besideOneReplica,
  events: singleEvents,
};
