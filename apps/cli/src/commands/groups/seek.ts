// oncelog groups seek: moves a group to another place of the log.
import { buildCommand } from '@stricli/core';
import type { SeekTarget } from '@oncelog/client';
import { type CliContext, write } from '../../cli-context.ts';
import { withClient } from '../../connection.ts';
import { type GlobalFlags, globalFlags } from '../../global-flags.ts';
import { afterFlag, groupParameter, switchedOn } from '../../flag-kinds.ts';
import { printable } from '../../printable-lines.ts';
import { UsageError } from '../../usage-error.ts';

interface SeekFlags extends GlobalFlags {
  readonly after?: string | undefined;
  readonly since?: string | undefined;
  readonly beginning: boolean;
  readonly now: boolean;
}

export const seekGroupCommand = buildCommand<SeekFlags, [string], CliContext>({
  docs: {
    brief: 'Move a group to another place of the log',
    fullDescription: `What is delivered and not acknowledged is forgotten; dead letters stay.
  oncelog groups seek billing --since 2h
  oncelog groups seek billing --beginning`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      after: afterFlag,
      since: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'time',
        brief: 'To what was stored then: 2026-01-31T12:00:00Z, or 15m, 2h, 7d ago',
      },
      beginning: switchedOn('To the first event'),
      now: switchedOn('Behind the newest event'),
    },
    positional: { kind: 'tuple', parameters: [groupParameter] },
  },
  func: async function (flags, name) {
    const target = await targetOf(flags);
    const group = await withClient(this, flags, {}, (client) =>
      client.groups.seek(name, target, { signal: this.interrupted }),
    );
    const { groupJson } = await import('../../group-text.ts');
    const text = `${name} goes on with ${group.backlog.toLocaleString('en-US')} events before it`;
    await write(this.process.stdout, `${printable(flags.json ? JSON.stringify(groupJson(group)) : text)}\n`);
  },
});

async function targetOf({ after, since, beginning, now }: SeekFlags): Promise<SeekTarget> {
  const given = [after !== undefined, since !== undefined, beginning, now].filter(Boolean).length;
  if (given !== 1) throw new UsageError('where to? one of --after, --since, --beginning, --now');
  if (after !== undefined) return { after };
  if (since === undefined) return { start: now ? 'now' : 'beginning' };
  const { timestampDate } = await import('@oncelog/client');
  const { timeOfFlag } = await import('../../relative-time.ts');
  return { since: timestampDate(timeOfFlag('--since', since)) };
}
