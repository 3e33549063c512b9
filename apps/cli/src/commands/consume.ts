// oncelog consume: a member of a group.
import { hostname } from 'node:os';
import { buildCommand } from '@stricli/core';
import type { Group, OncelogClient } from '@oncelog/client';
import type { CliContext } from '../cli-context.ts';
import { withClient } from '../connection.ts';
import { type FilterFlags, filterFlags, filterOfFlags } from '../filter-flags.ts';
import { groupParameter, switchedOn } from '../flag-kinds.ts';
import { type GlobalFlags, globalFlags, wholeNumberBetween } from '../global-flags.ts';
import { sayTo } from '../notices.ts';
import { UsageError } from '../usage-error.ts';

const interruptedExitCode = 130;

/** The contract's bound for a pull that waits. */
const idleMsMax = 60_000;

/** Written in one piece; more would have to wait longer for its acknowledgement. */
const writtenAtATime = 100;

const forEver = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: Number.POSITIVE_INFINITY };

interface ConsumeFlags extends GlobalFlags, FilterFlags {
  readonly create: boolean;
  readonly member?: string | undefined;
  readonly limit?: number | undefined;
  readonly untilIdle?: number | undefined;
  readonly exec?: string | undefined;
  readonly concurrency?: number | undefined;
}

export const consumeCommand = buildCommand<ConsumeFlags, [string], CliContext>({
  docs: {
    brief: 'Take events of a group: print them, or run a command for each',
    fullDescription: `Each event goes to one member of the group and comes again until it is
acknowledged: here, when its line is written.
  oncelog consume billing --create --topic orders
With --exec a command runs for each event, with the event as JSON on its stdin and
ONCELOG_TOPIC, ONCELOG_EVENT_ID, ONCELOG_POSITION and ONCELOG_ATTEMPT set. Exit code
0 acknowledges it; anything else gives it back, to come again later and later, until
its attempts are used up: see oncelog groups dead.
  oncelog consume billing --exec 'jq .payload >> totals.ndjson'
  oncelog consume mails --exec ./send-mail --concurrency 4
A restart of the aggregator is waited for. Ctrl-C finishes what was begun; without
--until-idle and --limit it is how the command ends: exit code 0.`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      ...filterFlags,
      create: switchedOn('Make the group with these filters when it is not there'),
      member: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'name',
        brief: 'Who consumes, for people who look at the group; host:process when absent',
      },
      limit: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, 1_000_000_000),
        optional: true,
        placeholder: 'n',
        brief: 'End after so many',
      },
      untilIdle: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, idleMsMax),
        optional: true,
        placeholder: 'ms',
        brief: 'End when nothing comes for so long',
      },
      exec: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'command',
        brief: 'Run this for each event instead of printing it',
      },
      concurrency: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, 100),
        optional: true,
        placeholder: 'n',
        brief: 'How many commands may run at a time; 1 when absent',
      },
    },
    aliases: { t: 'topic', n: 'limit' },
    positional: { kind: 'tuple', parameters: [groupParameter] },
  },
  func: async function (flags, name) {
    refuseFlagsWithoutTheirOwn(flags);
    const filter = filterOfFlags(flags);
    await withClient(this, flags, forEver, async (client) => {
      // Better said at once than waited for: nobody listens, or --target is wrong.
      await client.health({ signal: this.interrupted });
      const found = await client.groups.get(name, { signal: this.interrupted });
      const group = found && !hasFilter(flags) ? found : await createdGroup(client, name, flags, filter);
      await consume(this, flags, client, group);
    });
  },
});

async function consume(context: CliContext, flags: ConsumeFlags, client: OncelogClient, group: Group): Promise<void> {
  const { ConnectionNotices } = await import('../connection-notices.ts');
  const { GroupPuller } = await import('../consume-group.ts');
  const { executing, writing } = await import('../event-handling.ts');
  const { exec, json, limit = Number.POSITIVE_INFINITY, untilIdle: untilIdleMs, concurrency = 1 } = flags;
  const say = sayTo(context, json);
  const member = flags.member ?? `${hostname()}:${process.pid}`;
  const connection = new ConnectionNotices(say);
  const settling = { client, group: group.name, connection };
  const puller = new GroupPuller(client, { group: group.name, member, untilIdleMs, limit }, connection);
  if (exec === undefined) {
    await puller.run(context, writing(context, settling, json), 1, writtenAtATime);
  } else {
    const handle = executing(context, { ...settling, command: exec, leaseMs: group.leaseMs, say });
    await puller.run(context, handle, concurrency, 1);
  }
  const { acknowledged, rejected } = puller.settled;
  if (!context.process.stdout.closed)
    await say(`${acknowledged} acknowledged, ${rejected} rejected`, { acknowledged, rejected });
  const hasAnEnd = untilIdleMs !== undefined || flags.limit !== undefined;
  if (context.interrupted.aborted && hasAnEnd) context.process.exitCode = interruptedExitCode;
}

async function createdGroup(
  client: OncelogClient,
  name: string,
  { create }: ConsumeFlags,
  filter: ReturnType<typeof filterOfFlags>,
): Promise<Group> {
  if (create) return (await client.groups.create(name, filter)).group;
  const { OncelogClientError } = await import('@oncelog/client');
  const message = `there is no group "${name}"; make it with --create, or see which there are: oncelog groups list`;
  throw new OncelogClientError('NOT_FOUND', message, { outcome: 'none' });
}

function hasFilter({ topic, prefix, source, attribute }: FilterFlags): boolean {
  return [topic, prefix, source, attribute].some((given) => given !== undefined && given.length > 0);
}

function refuseFlagsWithoutTheirOwn(flags: ConsumeFlags): void {
  if (hasFilter(flags) && !flags.create)
    throw new UsageError('a group has its filter from the day it was made: --topic and the like go with --create');
  if (flags.concurrency !== undefined && flags.exec === undefined)
    throw new UsageError('--concurrency is for --exec: lines are written one after the other');
  if (flags.exec === '') throw new UsageError('--exec is empty: is a variable unset?');
}
