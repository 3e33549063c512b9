// Four replicas on one PostgreSQL beside one, each with streams of 500.
import { besideOneReplica, fourStreamsOf500, type IngestScenario, streamEvents, usualLoad } from './scenario.ts';

export const replicas500: IngestScenario = {
  kind: 'ingest',
  name: 'replicas-500',
  title: 'four streams of 500 events a message, on PostgreSQL',
  runs: 'whole',
  stored: 0,
  sending: fourStreamsOf500,
  load: usualLoad,
  peers: besideOneReplica,
  events: streamEvents,
};
