// A publisher on one of two replicas, and subscribers on both.
import type { AcrossScenario } from './scenario.ts';

export const acrossReplicas: AcrossScenario = {
  kind: 'across',
  name: 'across-replicas',
  title: 'published on one of two replicas, 500 events/s',
  runs: 'whole',
  stored: 0,
  subscribers: 10,
  eventsPerSecond: 500,
  seconds: { quick: 10, whole: 60 },
};
