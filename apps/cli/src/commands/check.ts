// oncelog check: what is stored already of events that are named, or that come through a pipe or from a file.
import { buildCommand } from '@stricli/core';
import type { CliContext } from '../cli-context.ts';
import type { CheckFlags } from '../check-events.ts';
import { globalFlags } from '../global-flags.ts';
import { UsageError } from '../usage-error.ts';

export const checkCommand = buildCommand<CheckFlags, string[], CliContext>({
  docs: {
    brief: 'Tell whether events are stored, without storing any',
    customUsage: ['<topic> <event-id>...', '[topic] < events.ndjson', '--file <path> [topic]'],
    fullDescription: `By their ids alone, whatever they hold:
  oncelog check orders order-1 order-2
With their content, one event as JSON a line, or from a file as publish takes it:
  oncelog check < events.ndjson
  oncelog check --file events.json
NEW: nothing is stored under the id. DUPLICATE: the same content is. CONFLICT: other
content is, which stays; publishing this would be in vain. Each event is looked at by
itself: two of one new id are both NEW. What a broker has accepted is NEW until it is
stored.
A table on a terminal; elsewhere tab-separated lines of status, position, stored time,
topic and event id; with --json one object a line.
Exit code: 0 when all are stored as given, 3 when one is a conflict, 4 when one is
new or is no event (which comes before a conflict: then look at the lines).`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      file: { kind: 'parsed', parse: String, optional: true, placeholder: 'path', brief: 'Read events from this file' },
      keysOnly: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Leave contents alone: whatever is stored under an id is a DUPLICATE',
      },
    },
    aliases: { f: 'file' },
    positional: {
      kind: 'array',
      parameter: { placeholder: 'topic event-id', brief: 'The topic, and ids in it, exactly', parse: String },
    },
  },
  func: async function (flags, topic, ...ids) {
    if (flags.file !== undefined && ids.length > 0)
      throw new UsageError('--file names its own events; leave out the ids');
    if (flags.file === undefined && ids.length === 0 && this.stdin.isTTY) {
      throw new UsageError(
        `which events? oncelog check ${topic ?? '<topic>'} <event-id>, or events as JSON through a pipe`,
      );
    }
    const { checkEvents } = await import('../check-events.ts');
    await checkEvents(this, flags, topic, ids);
  },
});
