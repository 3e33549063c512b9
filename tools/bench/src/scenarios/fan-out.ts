// A hundred live subscribers beside one publisher, and then beside a hundred readers that take nothing.
import type { DeliveryScenario } from './scenario.ts';

export const fanOut: DeliveryScenario = {
  kind: 'delivery',
  name: 'fan-out',
  title: '100 live subscribers beside one publisher of 1,000 events/s',
  runs: 'quick',
  // Enough that a reader who takes nothing stalls: more than the buffers on its way hold.
  stored: 100_000,
  subscribers: 100,
  eventsPerSecond: 1000,
  stalledReaders: 100,
  seconds: { quick: 10, whole: 60 },
};
