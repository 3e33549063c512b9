// A run of the publisher against a stand-in server, small enough for a test.
import type { StandInServer } from '@oncelog/client/testing';
import { type Options, parseOptions } from '../options.ts';
import type { ProgressDisplay } from '../progress-display.ts';
import { runPublisher } from '../publisher-run.ts';
import type { RunResult } from '../report.ts';

export const silent: ProgressDisplay = { start: () => {}, update: () => {}, say: () => {}, end: () => {} };

export interface RunOfTest {
  readonly run?: string;
  readonly signal?: AbortSignal;
  readonly display?: ProgressDisplay;
}

export function publishTo(
  { target, restTarget }: StandInServer,
  args: readonly string[],
  { run = 'r', signal = new AbortController().signal, display = silent }: RunOfTest = {},
): Promise<RunResult> {
  const defaults = ['--target', args.includes('rest') ? restTarget : target, '--count', '400', '--batch', '50'];
  const options = parseOptions([...defaults, ...args], {}) as Options;
  return runPublisher({ options, run, signal, createDisplay: () => display });
}
