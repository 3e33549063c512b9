// oncelog groups show: one group, setting by setting.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { fewAttempts, withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { groupParameter } from '../../flag-kinds.ts';
import { printable } from '../../printable-lines.ts';

export const showGroupCommand = buildCommand<GlobalFlags, [string], CliContext>({
  docs: { brief: 'Show one group: its settings, its place, what is outstanding' },
  parameters: { flags: globalFlags, positional: { kind: 'tuple', parameters: [groupParameter] } },
  func: async function (flags, name) {
    const { OncelogClientError } = await import('@oncelog/client');
    const { groupDetails, groupJson } = await import('../../group-text.ts');
    const group = await withClient(this, flags, fewAttempts, (client) =>
      client.groups.get(name, { signal: this.interrupted }),
    );
    if (!group) {
      const message = `there is no group "${name}"; see which there are: oncelog groups list`;
      throw new OncelogClientError('NOT_FOUND', message, { outcome: 'none' });
    }
    const text = flags.json ? `${printable(JSON.stringify(groupJson(group)))}\n` : groupDetails(group);
    await write(this.process.stdout, text);
  },
});
