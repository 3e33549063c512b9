// What became of a copy, for people and for programs.
import type { CopyProgress, CopyReport } from '@oncelog/log-copy';
import { UsageError } from './usage-error.ts';

const number = (count: number) => count.toLocaleString('en-US');
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

export function copyReportText({ events, copied, copyMs, verifyMs, rows }: CopyReport): string {
  const compared = `compared in ${seconds(verifyMs)}, without a difference`;
  const told =
    copied === 0 && events > 0
      ? `the copy is complete: ${number(events)} events, ${compared}`
      : `${number(copied)} events copied in ${seconds(copyMs)}, all ${number(events)} ${compared}`;
  const { topics, sources, drops, erased, groups, outstanding, deadLetters } = rows;
  return `${told}
with it: ${number(topics)} topics, ${number(sources)} sources, ${number(drops)} drops, ${number(erased)} erased events,
${number(groups)} groups with ${number(outstanding)} events outstanding and ${number(deadLetters)} dead letters
start aggregators with ONCELOG_STORE set to the URL of the copy; the source is as it was`;
}

export function copyReportJson({ status, logId, events, copied, copyMs, verifyMs, rows }: CopyReport): string {
  const { deadLetters, ...counts } = rows;
  const times = { copy_ms: Math.round(copyMs), verify_ms: Math.round(verifyMs) };
  return JSON.stringify({ status, log_id: logId, events, copied, ...counts, dead_letters: deadLetters, ...times });
}

/** Where it stopped, and how it goes on. */
export function goingOnText({ step, done, total }: CopyProgress): string {
  const next = step === 'copying' ? 'goes on from there' : 'compares them again';
  return `while ${step}, at ${number(done)} of ${number(total)} events: the same command ${next}`;
}

/** As the failures of other commands: the libraries of the stores have a class of their own. */
export async function copyFailure(error: unknown): Promise<unknown> {
  const { OncelogError } = await import('@oncelog/log-copy');
  if (!(error instanceof OncelogError)) return error;
  const { code, message, violations, outcome } = error;
  if (code === 'RULE_BROKEN') return new UsageError(message);
  const { OncelogClientError } = await import('@oncelog/client');
  return new OncelogClientError(code, message, { violations, outcome });
}

/** Whether the copy stopped in the middle for a reason that may pass. */
export function maySucceedLater(failure: unknown): boolean {
  return failure instanceof Error && 'retryable' in failure && failure.retryable === true;
}
