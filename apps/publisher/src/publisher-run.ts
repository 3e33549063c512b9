// One run from start to report: wait, send, wait for a broker's workers, verify.
import { createOncelogClient, OncelogClientError, waitUntilReady } from '@oncelog/client';
import { printable } from '@oncelog/client/printable-text';
import { batchesOf } from './batches.ts';
import { drainBroker } from './broker-drain.ts';
import { createEventPlan } from './event-plan.ts';
import { nothingSent, type Progress, sendLoad } from './load.ts';
import type { Options } from './options.ts';
import { grouped, type ProgressDisplay } from './progress-display.ts';
import type { RunResult } from './report.ts';
import { readBaseline, verify } from './verification.ts';

const noticeEveryMs = 2000;

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
  let storedSeconds: number | undefined;
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
    const { accepted } = progress.acknowledged;
    if (accepted > 0 && baseline && !signal.aborted) {
      const drain = { signal, giveUpMs, onWaiting: createWaitingNotice(display) };
      await drainBroker(client, plan, accepted, baseline, drain);
      storedSeconds = secondsSince(startMs);
    }
    const interrupted = signal.aborted;
    const verification =
      baseline && !interrupted ? await verify(client, plan, progress.resent, baseline, signal) : undefined;
    return { ...result, progress, seconds, storedSeconds, interrupted, failure: undefined, verification };
  } catch (error) {
    if (!(error instanceof OncelogClientError)) throw error;
    seconds ||= secondsSince(startMs);
    const failure = signal.aborted && error.code === 'CANCELLED' ? undefined : error;
    const { aborted: interrupted } = signal;
    return { ...result, progress, seconds, storedSeconds, interrupted, failure, verification: undefined };
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

/** At first, and then at most every two seconds. */
function createWaitingNotice(display: ProgressDisplay): (waitingEvents: number) => void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return (waitingEvents) => {
    if (performance.now() - saidAtMs < noticeEveryMs) return;
    saidAtMs = performance.now();
    display.say(`all are accepted; ${grouped(waitingEvents)} wait in the broker to be stored`);
  };
}
