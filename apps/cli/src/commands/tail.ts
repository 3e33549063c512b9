// oncelog tail: events as they are stored, from any place on.
import { buildCommand } from '@stricli/core';
import type { OncelogClient, Subscription } from '@oncelog/client';
import type { CliContext } from '../cli-context.ts';
import { fewAttempts, withClient } from '../connection.ts';
import { type FilterFlags, filterFlags, filterOfFlags } from '../filter-flags.ts';
import { type GlobalFlags, globalFlags, wholeNumberBetween } from '../global-flags.ts';
import { afterFlag, switchedOn } from '../flag-kinds.ts';
import { sayTo } from '../notices.ts';
import { UsageError } from '../usage-error.ts';

const interruptedExitCode = 130;

interface TailFlags extends GlobalFlags, FilterFlags {
  readonly after?: string | undefined;
  readonly fromNow: boolean;
  readonly untilEnd: boolean;
  readonly limit?: number | undefined;
}

export const tailCommand = buildCommand<TailFlags, [], CliContext>({
  docs: {
    brief: 'Follow the log: what is stored, then each new event as it comes',
    fullDescription: `One line an event: on a terminal cut to its width, elsewhere tab-separated
(position, stored time, topic, event id, source, content), with --json one object.
  oncelog tail --topic orders
  oncelog tail --prefix 'shop.' --from-now --json | jq .payload
  oncelog tail --until-end --json > backup.ndjson
A restart of the aggregator is waited for: nothing is missed and nothing comes twice.
At the end the cursor to go on from is told on stderr:
  oncelog tail --after <cursor>
Ctrl-C is how a tail without --until-end and --limit ends: exit code 0.`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      ...filterFlags,
      after: afterFlag,
      fromNow: switchedOn('Only what is stored from now on'),
      untilEnd: switchedOn('End behind what is stored, instead of waiting for more'),
      limit: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, 1_000_000_000),
        optional: true,
        placeholder: 'n',
        brief: 'End after so many',
      },
    },
    aliases: { t: 'topic', n: 'limit' },
  },
  func: async function (flags) {
    const filter = filterOfFlags(flags);
    if (flags.after !== undefined && flags.fromNow) throw new UsageError('--after and --from-now: one of them');
    if (flags.after === '')
      throw new UsageError('--after is empty: is a variable unset? leave it out to begin at the first');
    await withClient(this, flags, fewAttempts, async (client) => {
      // Better said at once than waited for: nobody listens, or --target is wrong.
      await client.health({ signal: this.interrupted });
      await follow(this, flags, client, filter);
    });
  },
});

async function follow(
  context: CliContext,
  flags: TailFlags,
  client: OncelogClient,
  filter: ReturnType<typeof filterOfFlags>,
): Promise<void> {
  const { ContentView } = await import('@oncelog/client');
  const { ConnectionNotices } = await import('../connection-notices.ts');
  const { entryLines } = await import('../entry-lines.ts');
  const { LineOutput } = await import('../line-output.ts');
  const { stdout } = context.process;
  const say = sayTo(context, flags.json);
  const connection = new ConnectionNotices(say);
  const lineOf = entryLines(stdout, flags.json);
  const subscription = client.subscribe({
    ...filter,
    after: flags.after,
    start: flags.fromNow ? 'now' : 'beginning',
    endWhenCaughtUp: flags.untilEnd,
    contentView: ContentView.DATA,
    onReconnect: connection.lost,
    onCaughtUp: connection.heard,
    onProgress: connection.heard,
  });
  const stop = () => subscription.close();
  const output = new LineOutput(stdout, stop);
  context.interrupted.addEventListener('abort', stop, { once: true });
  if (context.interrupted.aborted) stop();
  try {
    let left = flags.limit ?? Number.POSITIVE_INFINITY;
    for await (const entry of subscription) {
      connection.heard();
      await output.add(lineOf(entry));
      left -= 1;
      if (left === 0 || stdout.closed || context.interrupted.aborted) break;
    }
  } catch (failure) {
    await output.flush();
    if (subscription.cursor !== (flags.after ?? '')) await sayWhereToGoOn(subscription, say);
    throw failure;
  } finally {
    context.interrupted.removeEventListener('abort', stop);
  }
  await output.flush();
  if (!stdout.closed) await sayWhereToGoOn(subscription, say);
  const hasAnEnd = flags.untilEnd || flags.limit !== undefined;
  if (context.interrupted.aborted && hasAnEnd) context.process.exitCode = interruptedExitCode;
}

async function sayWhereToGoOn({ cursor }: Subscription, say: ReturnType<typeof sayTo>): Promise<void> {
  if (cursor !== '') await say(`go on with --after ${cursor}`, { cursor });
}
