// oncelog stats: the counters.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { fewAttempts, withClient } from '../connection.ts';
import { type GlobalFlags, globalFlags } from '../global-flags.ts';
import { printable } from '../printable-lines.ts';

export const statsCommand = buildCommand<GlobalFlags, [], CliContext>({
  docs: { brief: 'Show the counters: of the log, by topic and by source' },
  parameters: { flags: globalFlags },
  func: async function (flags) {
    const stats = await withClient(this, flags, fewAttempts, (client) => client.getStats({ signal: this.interrupted }));
    const { statsJson, statsText } = await import('../stats-text.ts');
    const { stdout } = this.process;
    await write(
      stdout,
      flags.json ? `${printable(JSON.stringify(statsJson(stats)))}\n` : statsText(stats, stdout, this.env),
    );
  },
});
