// Calls of 100 events each.
import { batchEvents, type IngestScenario, usualLoad } from './scenario.ts';

export const unaryBatch100: IngestScenario = {
  kind: 'ingest',
  name: 'unary-batch-100',
  title: 'unary, 100 events a call, 16 in flight',
  runs: 'whole',
  stored: 0,
  sending: { by: 'unary', eventsPerCall: 100, callsInFlight: 16 },
  load: usualLoad,
  peers: ['oncelog', 'sqlite-one-row', 'sqlite-many-rows', 'bare-grpc'],
  events: batchEvents,
};
