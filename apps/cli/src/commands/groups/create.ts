// oncelog groups create: a new group, with its filter and its place.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../../cli-context.ts';
import { withClient } from '../../connection.ts';
import { type FilterFlags, filterFlags, filterOfFlags } from '../../filter-flags.ts';
import { type GlobalFlags, globalFlags, numberBetween, wholeNumberBetween } from '../../global-flags.ts';
import { afterFlag, groupParameter, switchedOn } from '../../flag-kinds.ts';
import { printable } from '../../printable-lines.ts';
import { UsageError } from '../../usage-error.ts';

const leaseSecondsMax = 12 * 60 * 60;

interface CreateFlags extends GlobalFlags, FilterFlags {
  readonly lease?: number | undefined;
  readonly attempts?: number | undefined;
  readonly after?: string | undefined;
  readonly fromNow: boolean;
}

export const createGroupCommand = buildCommand<CreateFlags, [string], CliContext>({
  docs: {
    brief: 'Make a group; the same once more changes nothing',
    fullDescription: `It begins at the first event unless told otherwise:
  oncelog groups create billing --topic orders --lease 60
  oncelog groups create alerts --prefix 'sensor.' --from-now
A name that is taken by a group with other settings is refused.`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      ...filterFlags,
      lease: {
        kind: 'parsed',
        parse: numberBetween(1, leaseSecondsMax),
        optional: true,
        placeholder: 'seconds',
        brief: 'How long a member has for an event before it goes to another; 30 when absent',
      },
      attempts: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, 1000),
        optional: true,
        placeholder: 'n',
        brief: 'After so many deliveries an event becomes a dead letter; 5 when absent',
      },
      after: afterFlag,
      fromNow: switchedOn('Only what is stored from now on'),
    },
    aliases: { t: 'topic' },
    positional: { kind: 'tuple', parameters: [groupParameter] },
  },
  func: async function (flags, name) {
    const filter = filterOfFlags(flags);
    if (flags.after !== undefined && flags.fromNow) throw new UsageError('--after and --from-now: one of them');
    const settings = {
      ...filter,
      leaseMs: flags.lease === undefined ? undefined : flags.lease * 1000,
      attemptsMax: flags.attempts,
      after: flags.after,
      start: flags.fromNow ? ('now' as const) : undefined,
    };
    const { group, created } = await withClient(this, flags, {}, (client) =>
      client.groups.create(name, settings, { signal: this.interrupted }),
    );
    const { groupJson } = await import('../../group-text.ts');
    const text = created ? `created ${name}` : `${name} is there already, with the same settings`;
    await write(
      this.process.stdout,
      `${printable(flags.json ? JSON.stringify({ ...groupJson(group), created }) : text)}\n`,
    );
  },
});
