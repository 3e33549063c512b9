// One run from start to report: wait, send, verify.
import { createOncelogClient, OncelogClientError, waitUntilReady } from '@oncelog/client';
import { printable } from '@oncelog/client/printable-text';
import { batchesOf } from './batches.ts';
import { createEventPlan } from './event-plan.ts';
import { nothingSent, type Progress, sendLoad } from './load.ts';
import type { Options } from './options.ts';
import type { ProgressDisplay } from './progress-display.ts';
import type { RunResult } from './report.ts';
import { readBaseline, verify } from './verification.ts';

export interface RunSettings {
  readonly options: Options;
  readonly run: string;
  readonly signal: AbortSignal;
  readonly createDisplay: (total: number) => ProgressDisplay;
}

export async function runPublisher({ options, run, signal, createDisplay }: RunSettings): Promise<RunResult> {
  const { target, mode, transport, waitMs, giveUpMs } = options;
  const plan = createEventPlan({ ...options, run });
  const display = createDisplay(plan.count);
  const client = await createOncelogClient({
    target,
    transport: mode === 'rest' ? 'rest' : transport,
    retry: { attemptsMax: Number.POSITIVE_INFINITY, totalMs: giveUpMs },
  });
  let progress: Progress = nothingSent();
  let startMs = performance.now();
  let seconds = 0;
  const result = { options, run, plan };
  try {
    const onWaiting = ({ message }: OncelogClientError) => display.say(printable(`waiting for ${target}: ${message}`));
    await waitUntilReady(client, { waitMaxMs: waitMs, signal, onWaiting });
    const baseline = options.verify ? await readBaseline(client, plan.source, signal) : undefined;
    startMs = performance.now();
    display.start();
    progress = await sendLoad(client, batchesOf(plan, options, signal), {
      mode,
      concurrency: options.concurrency,
      signal,
      onProgress(current) {
        progress = current;
        display.update(current.acknowledged.received);
      },
      onRetry: createRetryNotice(display),
    });
    seconds = secondsSince(startMs);
    display.end();
    const interrupted = signal.aborted;
    const verification =
      baseline && !interrupted ? await verify(client, plan, progress.resent, baseline, signal) : undefined;
    return { ...result, progress, seconds, interrupted, failure: undefined, verification };
  } catch (error) {
    if (!(error instanceof OncelogClientError)) throw error;
    seconds ||= secondsSince(startMs);
    const failure = signal.aborted && error.code === 'CANCELLED' ? undefined : error;
    return { ...result, progress, seconds, interrupted: signal.aborted, failure, verification: undefined };
  } finally {
    client.close();
  }
}

function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000;
}

/** A failing aggregator fails every request: one line for each kind of failure in a row is enough. */
function createRetryNotice(display: ProgressDisplay): (error: OncelogClientError) => void {
  let last = '';
  return ({ code, message }) => {
    if (code !== last) display.say(printable(`${code}: ${message}; trying again with the same ids`));
    last = code;
  };
}
