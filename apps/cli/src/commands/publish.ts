// oncelog publish: one event by flags, many from a file or a pipe.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { contentId } from '../content-id.ts';
import { withClient } from '../connection.ts';
import { globalFlags } from '../global-flags.ts';
import { attributesOf } from '../key-value-flags.ts';
import type { Item } from '../publish-input.ts';
import type { ManyFlags } from '../publish-many.ts';
import { UsageError } from '../usage-error.ts';

interface PublishFlags extends ManyFlags {
  readonly payload?: string | undefined;
  readonly data?: string | undefined;
  readonly contentType?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly attribute?: readonly string[] | undefined;
}

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;

export const publishCommand = buildCommand<PublishFlags, [string | undefined], CliContext>({
  docs: {
    brief: 'Publish one event, a file of events, or what comes through a pipe',
    customUsage: [
      '<topic> --id <event-id> --payload <json>',
      '<topic> --id <event-id> < content',
      '--file <path> [topic]',
      '[topic] [--id content] < lines',
    ],
    fullDescription: `One event:
  oncelog publish orders --id order-1 --payload '{"total":42}'
Its content may come through a pipe or from a file, at most 256 KiB: a JSON object
becomes the payload, anything else the data. Without a byte the event has no content.
  oncelog publish orders --id order-1 < order-1.json
With --id and neither --payload nor --data stdin is read to its end, unless it is a
terminal, a socket or /dev/null: where a pipe stays open or belongs to somebody else,
such as in "while read", add </dev/null or --payload.
A file: a JSON object, an array, {"events":[...]}, or one event a line (.ndjson):
  oncelog publish --file events.json
A pipe: one event as JSON a line, or with --id content any text, whose id is then
the SHA-256 of the line. Lines go out as they come; an equal line is a duplicate.
Text must be UTF-8, a byte order mark at its start is dropped. A line of JSON that
is not is refused; with --id content its bytes go as application/octet-stream.
  tail -F app.log | oncelog publish app --id content`,
  },
  parameters: {
    flags: {
      ...globalFlags,
      id: text('The id of the event; "content" makes it from the content', 'event-id'),
      payload: text('The content: a JSON object', 'json'),
      data: text('The content: any text', 'text'),
      contentType: text('The media type of --data; text/plain when absent', 'type'),
      source: text('Who sends it', 'name'),
      timestamp: text('When it happened: 2026-01-31T12:00:00Z', 'time'),
      attribute: {
        kind: 'parsed',
        parse: String,
        optional: true,
        variadic: true,
        placeholder: 'key=value',
        brief: 'An attribute; may be repeated',
      },
      file: text('Read events from this file', 'path'),
    },
    aliases: { f: 'file' },
    positional: {
      kind: 'tuple',
      parameters: [
        { placeholder: 'topic', brief: 'The topic; events as JSON may name their own', parse: String, optional: true },
      ],
    },
  },
  func: async function (flags, topic) {
    const many = flags.file !== undefined || (!hasContent(flags) && (flags.id === undefined || flags.id === contentId));
    if (many) await publishAll(this, flags, topic);
    else await publishOne(this, flags, topic);
  },
});

async function publishOne(context: CliContext, flags: PublishFlags, topic: string | undefined): Promise<void> {
  if (topic === undefined)
    throw new UsageError(`which topic? oncelog publish <topic> --id ${flags.id ?? '<event-id>'} …`);
  if (flags.id === undefined || flags.id === '') throw missingId(topic);
  const { singleEvent } = await import('../publish-input.ts');
  const { readPipedContent } = await import('../piped-content.ts');
  const { conflictExitCode } = await import('../failure-text.ts');
  const { timeOfFlag } = await import('../relative-time.ts');
  const { outcomeJson, outcomeText } = await import('../publish-results.ts');
  const { id, timestamp } = flags;
  const given = {
    ...flags,
    topic,
    id,
    timestamp: timestamp === undefined ? undefined : timeOfFlag('--timestamp', timestamp),
    attributes: attributesOf(flags.attribute ?? []),
  };
  const piped = hasContent(flags) || !context.stdinMayHoldContent ? undefined : await readPipedContent(context);
  const event = singleEvent({ ...given, piped });
  const { outcomes, summary } = await withClient(context, flags, {}, (client) =>
    client.publish([event], { signal: context.interrupted }),
  );
  const item: Item = { place: '--payload', event };
  await write(context.process.stdout, `${(flags.json ? outcomeJson : outcomeText)(item, outcomes[0]!)}\n`);
  if (summary?.conflicts) context.process.exitCode = conflictExitCode;
}

/** What can be said without the client is said before it is loaded. */
async function publishAll(context: CliContext, flags: PublishFlags, topic: string | undefined): Promise<void> {
  refuseFlagsOfOne(flags);
  if (flags.id === contentId && topic === undefined) {
    throw new UsageError('which topic? oncelog publish <topic> --id content');
  }
  if (flags.file === undefined && context.stdin.isTTY) throw missingId(topic);
  const { publishMany } = await import('../publish-many.ts');
  await publishMany(context, flags, topic);
}

function hasContent({ payload, data }: PublishFlags): boolean {
  return payload !== undefined || data !== undefined;
}

function refuseFlagsOfOne({ payload, data, contentType, timestamp, attribute, id }: PublishFlags): void {
  const given = Object.entries({ payload, data, contentType, timestamp, attribute }).find(
    ([, value]) => value !== undefined,
  );
  if (id !== undefined && id !== contentId)
    throw new UsageError('--id names one event; for many use --id content, or ids in the file');
  if (given)
    throw new UsageError(
      `--${given[0] === 'contentType' ? 'content-type' : given[0]} is for one event, not for a file or a pipe`,
    );
}

function missingId(topic = '<topic>'): UsageError {
  return new UsageError(`an event needs an id: oncelog publish ${topic} --id <event-id> --payload '{"a":1}'
The id is what makes a retry safe: the log keeps one event for each topic and id, so that sending again never
stores twice. Take what names the event already, such as an order number; --id content makes one from the content.`);
}
