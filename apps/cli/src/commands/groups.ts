// oncelog groups: looking at consumer groups, making and moving them.
import { buildRouteMap } from '@stricli/core';
import type { CliContext } from '../cli-context.ts';
import { createGroupCommand } from './groups/create.ts';
import { deadLettersCommand } from './groups/dead.ts';
import { deleteGroupCommand } from './groups/delete.ts';
import { listGroupsCommand } from './groups/list.ts';
import { replayCommand } from './groups/replay.ts';
import { seekGroupCommand } from './groups/seek.ts';
import { showGroupCommand } from './groups/show.ts';

export const groupsRoutes = buildRouteMap<string, CliContext>({
  routes: {
    list: listGroupsCommand,
    show: showGroupCommand,
    create: createGroupCommand,
    delete: deleteGroupCommand,
    seek: seekGroupCommand,
    dead: deadLettersCommand,
    replay: replayCommand,
  },
  docs: {
    brief: 'Look at consumer groups, make them, move them, replay their dead letters',
    fullDescription: `A group shares its events among its members: each event goes to one of them,
again and again until it is acknowledged, at most as often as the group allows.
  oncelog groups create billing --topic orders
  oncelog consume billing
  oncelog groups show billing
  oncelog groups dead billing
  oncelog groups replay billing`,
  },
});
