// oncelog groups delete: forgets a group.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { groupParameter } from '../../flag-kinds.ts';
import { printable } from '../../printable-lines.ts';

export const deleteGroupCommand = buildCommand<GlobalFlags, [string], CliContext>({
  docs: { brief: 'Forget a group, its place and its dead letters; the events stay' },
  parameters: { flags: globalFlags, positional: { kind: 'tuple', parameters: [groupParameter] } },
  func: async function (flags, name) {
    const deleted = await withClient(this, flags, {}, (client) =>
      client.groups.delete(name, { signal: this.interrupted }),
    );
    const text = deleted ? `deleted ${name}` : `there is no group ${name}`;
    await write(this.process.stdout, `${printable(flags.json ? JSON.stringify({ name, deleted }) : text)}\n`);
  },
});
