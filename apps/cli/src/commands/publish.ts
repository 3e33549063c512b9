// oncelog publish: one event by flags, many from a file or a pipe.
import { buildCommand } from '@stricli/core';
import { type CliContext, write } from '../cli-context.ts';
import { contentId } from '../content-id.ts';
import { withClient } from '../connection.ts';
import { type GlobalFlags, globalFlags } from '../global-flags.ts';
import type { Item } from '../publish-input.ts';
import { UsageError } from '../usage-error.ts';

/** A pipe outlives a restart of the aggregator: losing what it carries is worse than waiting. */
const pipeRetryMs = 60_000;
const interruptedExitCode = 130;

interface PublishFlags extends GlobalFlags {
  readonly id?: string | undefined;
  readonly payload?: string | undefined;
  readonly data?: string | undefined;
  readonly contentType?: string | undefined;
  readonly source?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly attribute?: readonly string[] | undefined;
  readonly file?: string | undefined;
}

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const;

export const publishCommand = buildCommand<PublishFlags, [string | undefined], CliContext>({
  docs: {
    brief: 'Publish one event, a file of events, or what comes through a pipe',
    customUsage: [
      '<topic> --id <event-id> --payload <json>',
      '--file <path> [topic]',
      '[topic] [--id content] < lines',
    ],
    fullDescription: `One event:
  oncelog publish orders --id order-1 --payload '{"total":42}'
A file: a JSON object, an array, {"events":[...]}, or one event a line (.ndjson):
  oncelog publish --file events.json
A pipe: one event as JSON a line, or with --id content any text, whose id is then
the SHA-256 of the line. Lines go out as they come; an equal line is a duplicate.
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
    if (many) await publishMany(this, flags, topic);
    else await publishOne(this, flags, topic);
  },
});

async function publishOne(context: CliContext, flags: PublishFlags, topic: string | undefined): Promise<void> {
  if (topic === undefined)
    throw new UsageError(`which topic? oncelog publish <topic> --id ${flags.id ?? '<event-id>'} …`);
  if (flags.id === undefined || flags.id === '') throw missingId(topic);
  const { singleEvent } = await import('../publish-input.ts');
  const { conflictExitCode } = await import('../failure-text.ts');
  const { timeOfFlag } = await import('../relative-time.ts');
  const { outcomeJson, outcomeText } = await import('../publish-results.ts');
  const { id, timestamp } = flags;
  const event = singleEvent({
    ...flags,
    topic,
    id,
    timestamp: timestamp === undefined ? undefined : timeOfFlag('--timestamp', timestamp),
    attributes: attributesOf(flags.attribute ?? []),
  });
  const { outcomes, summary } = await withClient(context, flags, {}, (client) =>
    client.publish([event], { signal: context.interrupted }),
  );
  const item: Item = { place: '--payload', event };
  await write(context.process.stdout, `${(flags.json ? outcomeJson : outcomeText)(item, outcomes[0]!)}\n`);
  if (summary?.conflicts) context.process.exitCode = conflictExitCode;
}

async function publishMany(context: CliContext, flags: PublishFlags, topic: string | undefined): Promise<void> {
  const { file, source } = flags;
  const idFromContent = flags.id === contentId;
  refuseFlagsOfOne(flags);
  if (idFromContent && topic === undefined) throw new UsageError('which topic? oncelog publish <topic> --id content');
  if (file === undefined && context.stdin.isTTY) throw missingId(topic);
  const { itemsOfFile, itemsOfLines } = await import('../publish-input.ts');
  const { publishBatch } = await import('../publish-batch.ts');
  const { PublishResults } = await import('../publish-results.ts');
  const settings = { topic, source, idFromContent };
  const batches = file === undefined ? itemsOfLines(context.stdin, settings) : itemsOfFile(file, settings);
  const results = new PublishResults(context, flags.json);
  const retry = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: Math.max(pipeRetryMs, flags.timeout * 1000) };
  const publishing = withClient(context, flags, retry, async (client) => {
    let told = '';
    const onRetry = ({ code, message }: Error & { code: string }) => {
      if (code !== told) void results.say(`${code}: ${message}; trying again with the same ids`);
      told = code;
    };
    for await (const items of untilInterrupted(batches, context)) {
      await results.add(items, await publishBatch(client, items, onRetry));
      told = '';
    }
  });
  await publishing.then(
    () => results.end(false),
    async (failure: unknown) => {
      await results.end(true);
      throw failure;
    },
  );
  context.process.exitCode = context.interrupted.aborted ? interruptedExitCode : results.exitCode;
}

/** Ends after the batch in hand, and at once while waiting for input. */
async function* untilInterrupted<T>(batches: AsyncIterable<T>, { stdin, interrupted }: CliContext): AsyncGenerator<T> {
  const stop = () => void stdin.destroy();
  interrupted.addEventListener('abort', stop, { once: true });
  try {
    for await (const batch of batches) {
      yield batch;
      if (interrupted.aborted) return;
    }
  } catch (error) {
    if (isUnreadable(error)) throw new UsageError(`cannot read the file: ${error.message}`);
    // The input that was cut off by the interruption ends with an error of its own.
    if (!interrupted.aborted) throw error;
  } finally {
    interrupted.removeEventListener('abort', stop);
  }
}

function isUnreadable(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'open' || error.syscall === 'read');
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

function attributesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--attribute must be key=value, is "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
