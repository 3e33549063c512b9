// Publishing a file or a pipe: through a session, in order to its end or to an interruption.
import { stat } from 'node:fs/promises';
import type { OncelogClientError } from '@oncelog/client';
import type { CliContext } from './cli-context.ts';
import { withClient } from './connection.ts';
import { contentId } from './content-id.ts';
import type { GlobalFlags } from './global-flags.ts';
import { ItemsInOrder } from './items-in-order.ts';
import { answersOfRest, resultsOf } from './publish-batch.ts';
import { Ending } from './publish-ending.ts';
import { itemsFrom } from './publish-input.ts';
import { PublishResults } from './publish-results.ts';

/** A pipe outlives a restart of the aggregator: losing what it carries is worse than waiting. */
const pipeRetryMs = 60_000;

const interruptedExitCode = 130;

export interface ManyFlags extends GlobalFlags {
  readonly id?: string | undefined;
  readonly source?: string | undefined;
  readonly file?: string | undefined;
}

export async function publishMany(context: CliContext, flags: ManyFlags, topic: string | undefined): Promise<void> {
  const { file, source } = flags;
  const { interrupted } = context;
  const settings = { topic, source, idFromContent: flags.id === contentId, interrupted };
  const batches = itemsFrom(context.stdin, file, settings);
  const results = new PublishResults(context, flags.json, file === undefined ? undefined : await sizeOf(file));
  const retry = { attemptsMax: Number.POSITIVE_INFINITY, totalMs: Math.max(pipeRetryMs, flags.timeout * 1000) };
  let told = '';
  const onRetry = ({ code, message }: OncelogClientError) => {
    if (code !== told) void results.say(`${code}: ${message}; trying again with the same ids`);
    told = code;
  };
  const items = new ItemsInOrder(batches, (done, outcomes) => {
    told = '';
    return results.add(done, outcomes);
  });
  const ending = new Ending(
    interrupted,
    () => items.areWaiting,
    () => void results.say(finishing),
  );
  try {
    await withClient(context, flags, retry, async (client) => {
      const { signal } = ending;
      await client.publishSession(items.eventBatches(ending.onRead), {
        signal,
        confirmMs: 0,
        onRetry,
        onOutcomes: (_, outcomes) => items.settle((batch) => resultsOf(batch, outcomes)),
        onRefused: (_, refusal) =>
          items.settle((batch) =>
            answersOfRest(batch, refusal, async (events) => {
              const { outcomes } = await client.publish(events, { onRetry, signal });
              return outcomes;
            }),
          ),
      });
    });
  } catch (failure) {
    if (!ending.isOver) {
      await results.end(true);
      throw failure;
    }
  } finally {
    ending.release();
  }
  const unconfirmed = await items.countUnsettled();
  await results.end(unconfirmed > 0);
  if (unconfirmed > 0) {
    await results.say(`interrupted: ${unconfirmed} events that were read are unconfirmed${maybeStored}`);
  }
  context.process.exitCode = interrupted.aborted ? interruptedExitCode : results.exitCode;
}

const finishing = 'finishing what was read; press Ctrl-C again to stop at once';
const maybeStored = ': they may or may not be stored, and sending the same ids again is safe';

/** Undefined for what only turns out when it is read: a pipe, or a file that is not there. */
async function sizeOf(file: string): Promise<number | undefined> {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  return size || undefined;
}
