// What the specs of restart cycles share: kinds of ends, a faulty server, and the figures that a run prints.
import { acknowledgedCallsMin, type EndAggregator } from './load.ts';
import type { RestartCyclesReport } from './restart-cycles.ts';

export const kill: EndAggregator = (aggregator) => aggregator.end('SIGKILL');

const faultFile = new URL('./early-acknowledgement.ts', import.meta.url).href;

/** Makes an aggregator answer before it commits, by up to `delayMs`. */
export function earlyAcknowledgement(delayMs = 250): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${faultFile}`, EARLY_ACKNOWLEDGEMENT_DELAY_MS: String(delayMs) };
}

/** The cycles that prove nothing, because too little was acknowledged or nothing was on its way; empty when all do. */
export function vacuousCycles({ cycles }: RestartCyclesReport): RestartCyclesReport['cycles'] {
  return cycles.filter((cycle) => cycle.acknowledgedCalls < acknowledgedCallsMin || cycle.cutCalls === 0);
}

/** For whoever reads the output of the run. */
export function tellFigures(title: string, { counts, cycles, violations, seconds }: RestartCyclesReport): void {
  const lost = cycles.map(({ lostEvents }) => lostEvents);
  const sum = lost.reduce((total, events) => total + events, 0);
  process.stdout.write(
    `${title}, ${seconds.toFixed(1)} s: ${counts.acknowledgedCalls} calls with ${counts.acknowledgedEvents} events ` +
      `acknowledged (${counts.duplicates} repeats, ${counts.conflicts} conflicts), ${counts.failedCalls} calls cut off, ` +
      `${counts.storedEvents} events stored; lost ${sum} events in ${lost.filter((events) => events > 0).length} of ` +
      `${cycles.length} cycles; ${violations.length} violations\n`,
  );
}
