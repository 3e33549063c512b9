// Checking events batch by batch: those that are named, or all that comes.
import { create, type Event, EventSchema, type OncelogClient } from '@oncelog/client';
import { CheckResults } from './check-results.ts';
import type { CliContext } from './cli-context.ts';
import { fewAttempts, withClient } from './connection.ts';
import type { GlobalFlags } from './global-flags.ts';
import { answersOfRest, type ResultOf, resultsOf } from './publish-batch.ts';
import { batchesOf, type Item, itemsFrom } from './publish-input.ts';

const interruptedExitCode = 130;

export interface CheckFlags extends GlobalFlags {
  readonly file?: string | undefined;
  readonly keysOnly: boolean;
}

export async function checkEvents(
  context: CliContext,
  flags: CheckFlags,
  topic: string | undefined,
  ids: readonly string[],
): Promise<void> {
  const { interrupted } = context;
  const named = ids.length > 0;
  const batches = named
    ? batchesOf(ids.map((eventId) => ({ place: eventId, event: create(EventSchema, { topic: topic ?? '', eventId }) })))
    : itemsFrom(context.stdin, flags.file, { topic, source: undefined, idFromContent: false, interrupted });
  const results = new CheckResults(context, flags.json);
  await withClient(context, flags, fewAttempts, async (client) => {
    const settings = { keysOnly: named || flags.keysOnly, signal: interrupted };
    for await (const items of batches) {
      await results.add(items, await checkBatch(items, (events) => client.check(events, settings)));
      if (context.process.stdout.closed) break;
    }
  });
  await results.end();
  context.process.exitCode = interrupted.aborted ? interruptedExitCode : results.exitCode;
}

type Checked = Awaited<ReturnType<OncelogClient['check']>>;

async function checkBatch(
  items: readonly Item[],
  check: (events: readonly Event[]) => Promise<Checked>,
): Promise<ResultOf<Checked[number]>[]> {
  const events = items.flatMap(({ event }) => (event ? [event] : []));
  try {
    return resultsOf(items, events.length > 0 ? await check(events) : []);
  } catch (refusal) {
    return answersOfRest(items, refusal, check);
  }
}
