// oncelog groups replay: dead letters get another chance.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags, wholeNumberBetween } from '../../global-flags.ts';
import { groupParameter } from '../../flag-kinds.ts';

interface ReplayFlags extends GlobalFlags {
  readonly position?: readonly number[] | undefined;
}

export const replayCommand = buildCommand<ReplayFlags, [string], CliContext>({
  docs: {
    brief: 'Deliver dead letters again, with all their attempts before them',
    fullDescription: `All of them, as far as the bound of 1,000 outstanding events lets them, or some:
  oncelog groups replay billing
  oncelog groups replay billing --position 812 --position 815`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      position: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, Number.MAX_SAFE_INTEGER),
        optional: true,
        variadic: true,
        placeholder: 'n',
        brief: 'Only the one at this position; may be repeated',
      },
    },
    positional: { kind: 'tuple', parameters: [groupParameter] },
  },
  func: async function (flags, name) {
    const positions = (flags.position ?? []).map(BigInt);
    const replayed = await withClient(this, flags, {}, (client) =>
      client.groups.replay(name, positions, { signal: this.interrupted }),
    );
    const text = `${replayed} dead letters are delivered again`;
    await write(this.process.stdout, `${flags.json ? JSON.stringify({ replayed }) : text}\n`);
  },
});
