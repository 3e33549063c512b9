// What a run comes to, for people and for programs.
import type { OncelogClientError } from '@oncelog/client';
import { printable } from '@oncelog/client/printable-text';
import type { EventPlan } from './event-plan.ts';
import type { Progress } from './load.ts';
import type { Options } from './options.ts';
import { grouped } from './progress-display.ts';
import type { Verification } from './verification.ts';

export interface RunResult {
  readonly options: Options;
  readonly run: string;
  readonly plan: EventPlan;
  readonly progress: Progress;
  readonly seconds: number;
  /** From the first event sent until all that a broker accepted was stored; undefined without one. */
  readonly storedSeconds: number | undefined;
  readonly interrupted: boolean;
  readonly failure: OncelogClientError | undefined;
  /** Undefined when it was not asked for or the run did not get that far. */
  readonly verification: Verification | undefined;
}

export function exitCodeOf({ failure, interrupted, verification }: RunResult): number {
  if (failure) return failure.exitCode;
  if (interrupted) return 130;
  return verification && verification.problems.length > 0 ? 1 : 0;
}

/** One line: the counters' own figures where they were read, else those of the answers. */
export function jsonReport(result: RunResult): string {
  const { options, run, plan, progress, seconds, interrupted, failure, verification } = result;
  const { stored, duplicates, conflicts } = verification?.moved ?? progress.acknowledged;
  return JSON.stringify({
    run,
    mode: options.mode,
    transport: options.mode === 'rest' ? 'rest' : options.transport,
    target: options.target,
    seed: options.seed,
    source: plan.source,
    count: plan.count,
    distinct: plan.distinct,
    repeats: plan.repeats,
    sent: progress.sent,
    resent: progress.resent,
    acknowledged: progress.acknowledged.received,
    unconfirmed: progress.unconfirmed,
    broken_sessions: progress.brokenSessions,
    accepted: progress.acknowledged.accepted,
    received: verification?.moved.received,
    stored,
    duplicates,
    conflicts,
    seconds: Number(seconds.toFixed(3)),
    events_per_second: rateOf(result),
    stored_seconds: result.storedSeconds && Number(result.storedSeconds.toFixed(3)),
    interrupted,
    error: failure && { code: failure.code, message: failure.message },
    verified: verification ? verification.problems.length === 0 : null,
    counters_of: verification?.countersOf,
    others: verification?.others,
    problems: verification?.problems,
  });
}

export function textReport(result: RunResult): string {
  const { run, plan, progress, seconds, interrupted, failure, verification } = result;
  const { sent, resent, unconfirmed, brokenSessions } = progress;
  const acknowledged = grouped(progress.acknowledged.received);
  const speed = `in ${seconds.toFixed(2)} s: ${grouped(rateOf(result))} events/s`;
  const lines = [
    `run ${run}: ${grouped(plan.count)} events planned, ${grouped(plan.distinct)} of them distinct`,
    `sent ${grouped(sent)}, acknowledged ${acknowledged} ${speed}`,
  ];
  const { accepted } = progress.acknowledged;
  if (accepted > 0) lines.push(`accepted by a broker: ${grouped(accepted)}${storedText(result)}`);
  if (resent > 0) lines.push(`sent again: ${grouped(resent)}; sessions that broke: ${brokenSessions}`);
  if (interrupted || failure) {
    const end = failure ? 'failed' : 'interrupted';
    if (isRefusal(failure)) lines.push(...refusalLines(acknowledged));
    else {
      lines.push(`${end}: ${acknowledged} acknowledged, ${grouped(unconfirmed)} may or may not be stored`);
      lines.push(`send the rest, and these again: the same command with --run ${run}`);
    }
  }
  if (verification) lines.push(...verificationLines(verification));
  return `${lines.join('\n')}\n`;
}

function storedText({ storedSeconds, progress }: RunResult): string {
  if (storedSeconds === undefined) return ', to be stored by its workers';
  const rate = Math.round(progress.acknowledged.accepted / Math.max(0.001, storedSeconds));
  return `, all stored after ${storedSeconds.toFixed(2)} s: ${grouped(rate)} events/s`;
}

function isRefusal(failure: OncelogClientError | undefined): boolean {
  return failure !== undefined && failure.outcome === 'none' && !failure.retryable;
}

/** Sent again as it is, it would be refused again. */
function refusalLines(acknowledged: string): string[] {
  return [
    `refused: ${acknowledged} acknowledged; of the refused request nothing is stored`,
    'sending it again cannot help: correct the options that it comes from',
  ];
}

function verificationLines({ moved, others, countersOf, problems }: Verification): string[] {
  const whole = countersOf === 'log' ? ' (of the whole log: its list of sources ends before this run)' : '';
  const { received, stored, duplicates, conflicts } = moved;
  const parts = `stored ${grouped(stored)} + duplicates ${grouped(duplicates)} + conflicts ${grouped(conflicts)}`;
  const counters = `received ${grouped(received)} = ${parts}${whole}`;
  const lines = [counters];
  if (others > 0 && countersOf === 'log') lines.push(`${grouped(others)} of them were sent by others`);
  if (problems.length === 0) return [...lines, 'verified: every event is stored exactly once'];
  return [...lines, 'NOT as it should be:', ...problems.map((problem) => `  ${problem}`)];
}

function rateOf({ progress, seconds }: RunResult): number {
  return Math.round(progress.acknowledged.received / Math.max(0.001, seconds));
}

/** What failed and what to do next. */
export function explanation({ code, message }: OncelogClientError, target: string): string {
  const hint = code === 'UNREACHABLE' ? `\nis the aggregator running at ${target}? start it with: npm start` : '';
  return `${code}: ${printable(message)}${hint}`;
}
