// oncelog broker: looking at the broker in front of the log, and at what it has set aside.
import { buildRouteMap } from '@stricli/core';
import type { CliContext } from '../cli-context.ts';
import { deadEntriesCommand } from './broker/dead.ts';
import { replayEntriesCommand } from './broker/replay.ts';
import { brokerStatusCommand } from './broker/status.ts';

export const brokerRoutes = buildRouteMap<string, CliContext>({
  routes: {
    status: brokerStatusCommand,
    dead: deadEntriesCommand,
    replay: replayEntriesCommand,
  },
  defaultCommand: 'status',
  docs: {
    brief: 'Look at the broker in front of the log, replay what it has set aside',
    fullDescription: `A broker holds what is ACCEPTED until a worker has stored it. Events that went to it
together are an entry; one that cannot be stored is set aside, with the reason.
  oncelog broker
  oncelog broker dead
  oncelog broker replay 1700000000000-0
  oncelog broker replay --all`,
  },
});
