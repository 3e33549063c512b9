// One call after the other: what a commit costs by itself, on PostgreSQL and on SQLite.
import { type IngestScenario, usualLoad } from './scenario.ts';

export const postgresUnary1: IngestScenario = {
  kind: 'ingest',
  name: 'postgres-unary-1',
  title: 'unary, one event a call, one in flight, on PostgreSQL',
  runs: 'whole',
  stored: 0,
  sending: { by: 'unary', eventsPerCall: 1, callsInFlight: 1 },
  load: usualLoad,
  peers: ['oncelog-postgres', 'oncelog'],
  // A millisecond or more each.
  events: { quick: 500, whole: 2000 },
};
