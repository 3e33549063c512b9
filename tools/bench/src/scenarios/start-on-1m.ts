// From the start of the process until it is ready, with a million events stored.
import type { StartScenario } from './scenario.ts';

export const startOn1m: StartScenario = {
  kind: 'start',
  name: 'start-on-1m',
  title: 'start on 1 M events',
  runs: 'quick',
  stored: 1_000_000,
};
