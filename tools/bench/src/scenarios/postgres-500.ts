// The base on PostgreSQL, beside inserts without an aggregator and the aggregator on SQLite.
import { type IngestScenario, streamEvents, streamOf500, usualLoad } from './scenario.ts';

export const postgres500: IngestScenario = {
  kind: 'ingest',
  name: 'postgres-500',
  title: 'stream, 500 events a message, on PostgreSQL',
  runs: 'whole',
  stored: 0,
  sending: streamOf500,
  load: usualLoad,
  peers: ['oncelog-postgres', 'postgres', 'postgres-one', 'postgres-store', 'oncelog'],
  events: streamEvents,
};
