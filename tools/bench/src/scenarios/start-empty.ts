// From the start of the process until it is ready, with nothing stored.
import type { StartScenario } from './scenario.ts';

export const startEmpty: StartScenario = {
  kind: 'start',
  name: 'start-empty',
  title: 'start on an empty store',
  runs: 'quick',
  stored: 0,
};
