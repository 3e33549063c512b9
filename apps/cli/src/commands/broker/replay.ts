// oncelog broker replay: entries that were set aside get another chance.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { withClient } from '../../connection.ts';
import { switchedOn } from '../../flag-kinds.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { UsageError } from '../../usage-error.ts';

interface ReplayFlags extends GlobalFlags {
  readonly all: boolean;
}

export const replayEntriesCommand = buildCommand<ReplayFlags, string[], CliContext>({
  docs: {
    brief: 'Put dead entries back at the end of the queue',
    customUsage: ['<id>...', '--all'],
    fullDescription: `When what kept them from being stored is mended:
  oncelog broker replay 1700000000000-0 1700000000123-4
  oncelog broker replay --all`,
  },
  parameters: {
    flags: { ...globalFlags, all: switchedOn('All that are dead now') },
    positional: {
      kind: 'array',
      parameter: { placeholder: 'id', brief: 'Ids from: oncelog broker dead', parse: String },
    },
  },
  func: async function (flags, ...ids) {
    if (flags.all === ids.length > 0) throw new UsageError('which ones? oncelog broker replay <id>..., or --all');
    const replayed = await withClient(this, flags, {}, (client) =>
      client.replayDeadEntries(ids, { signal: this.interrupted }),
    );
    const text = `${replayed} entries are in the queue again`;
    await write(this.process.stdout, `${flags.json ? JSON.stringify({ replayed }) : text}\n`);
  },
});
