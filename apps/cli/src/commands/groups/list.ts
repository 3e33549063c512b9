// oncelog groups list: all groups, and how far behind they are.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { fewAttempts, withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { printable } from '../../printable-lines.ts';

export const listGroupsCommand = buildCommand<GlobalFlags, [], CliContext>({
  docs: { brief: 'List the groups, and how far behind they are' },
  parameters: { flags: globalFlags },
  func: async function (flags) {
    const groups = await withClient(this, flags, fewAttempts, (client) =>
      client.groups.list({ signal: this.interrupted }),
    );
    const { groupJson, groupsTable } = await import('../../group-text.ts');
    const { stdout } = this.process;
    const text = flags.json
      ? groups.map((group) => `${printable(JSON.stringify(groupJson(group)))}\n`).join('')
      : groupsTable(groups, stdout, this.env);
    await write(stdout, text);
  },
});
