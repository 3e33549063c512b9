// oncelog events: what the log holds, in order.
import { buildCommand } from '@stricli/core';
import type { ListQuery, StoredEvent } from '@oncelog/client';
import { type CliContext, write } from '../cli-context.ts';
import { fewAttempts, withClient } from '../connection.ts';
import { type GlobalFlags, globalFlags, wholeNumberBetween } from '../global-flags.ts';
import { printable } from '../printable-lines.ts';
import { UsageError } from '../usage-error.ts';

const pageEventsMax = 1000;

interface EventsFlags extends GlobalFlags {
  readonly topic?: string | undefined;
  readonly source?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
  readonly order: 'asc' | 'desc';
  readonly all: boolean;
}

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;

export const eventsCommand = buildCommand<EventsFlags, [], CliContext>({
  docs: {
    brief: 'List events in the order in which they were stored',
    fullDescription: `A table on a terminal; elsewhere tab-separated lines of position, stored time, topic, event id,
source and content; with --json one object a line.`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      topic: text('Only of this topic', 'topic'),
      source: text('Only from this source', 'source'),
      since: text('Stored at this time or later: 2026-01-31T12:00:00Z, or 15m, 2h, 7d ago', 'time'),
      until: text('Stored before this time', 'time'),
      limit: {
        kind: 'parsed',
        parse: wholeNumberBetween(1, 1_000_000_000),
        default: '100',
        placeholder: 'n',
        brief: 'At most so many',
      },
      after: text('Go on after this cursor, from an earlier answer', 'cursor'),
      order: { kind: 'enum', values: ['asc', 'desc'], default: 'asc', brief: 'Oldest or newest first' },
      all: { kind: 'boolean', default: false, withNegated: false, brief: 'Without a limit' },
    },
    aliases: { t: 'topic', n: 'limit' },
  },
  func: async function (flags) {
    const print = await printerOf(this, flags.json);
    const limit = flags.all ? Number.POSITIVE_INFINITY : flags.limit;
    const query = await queryOf(flags, limit);
    await withClient(this, flags, fewAttempts, async (client) => {
      let left = limit;
      let last: StoredEvent | undefined;
      let more = false;
      for await (const { events, nextPageToken } of client.listPages(query, { signal: this.interrupted })) {
        const shown = events.slice(0, left);
        await print(shown);
        left -= shown.length;
        last = shown.at(-1) ?? last;
        more = left === 0 && (nextPageToken !== '' || shown.length < events.length);
        if (left === 0 || this.process.stdout.closed) break;
      }
      if (more && last && this.process.stdout.isTTY && !flags.json) {
        await write(this.process.stderr, `more: add --after ${printable(last.cursor)}, or --all\n`);
      }
    });
  },
});

async function queryOf(flags: EventsFlags, limit: number): Promise<ListQuery> {
  const { ContentView, Order } = await import('@oncelog/client');
  const { timeOfFlag } = await import('../relative-time.ts');
  for (const name of ['topic', 'source'] as const) {
    if (flags[name] === '')
      throw new UsageError(`--${name} is empty: is a variable unset? leave it out for all of them`);
  }
  const { topic = '', source = '', after = '', since, until, order } = flags;
  return {
    topic,
    source,
    after,
    order: order === 'desc' ? Order.DESCENDING : Order.ASCENDING,
    pageSize: Math.min(limit, pageEventsMax),
    contentView: ContentView.DATA,
    ...(since !== undefined && { since: timeOfFlag('--since', since) }),
    ...(until !== undefined && { until: timeOfFlag('--until', until) }),
  };
}

type Print = (events: readonly StoredEvent[]) => Promise<void>;

async function printerOf({ process: { stdout }, env }: CliContext, json: boolean): Promise<Print> {
  const { storedEventToJson } = await import('@oncelog/client');
  const { eventColumns, eventLine, eventRow } = await import('../event-rows.ts');
  if (json)
    return (events) => write(stdout, events.map((event) => `${printable(storedEventToJson(event))}\n`).join(''));
  if (!stdout.isTTY) return (events) => write(stdout, events.map(eventLine).join(''));
  const { printTable } = await import('../table.ts');
  let first = true;
  return async (events) => {
    if (!first && events.length === 0) return;
    await write(stdout, printTable(stdout, eventColumns, events.map(eventRow), env, first));
    first = false;
  };
}
