// From the start of the process until it is ready, with ten million events stored.
import type { StartScenario } from './scenario.ts';

export const startOn10m: StartScenario = {
  kind: 'start',
  name: 'start-on-10m',
  title: 'start on 10 M events',
  runs: 'full',
  stored: 10_000_000,
};
