// What the specs of fault cycles share: kinds of ends, a faulty server, and the figures that a run prints.
import type { FaultCyclesReport } from './fault-cycles.ts';
import { acknowledgedCallsMin } from './load.ts';
import type { EndAggregator } from './restart-cycles.ts';

export const kill: EndAggregator = (aggregator) => aggregator.end('SIGKILL');

const faultFile = new URL('./early-acknowledgement.ts', import.meta.url).href;
const postgresFaultFile = new URL('./early-acknowledgement-postgres.ts', import.meta.url).href;

/** Makes an aggregator answer before it commits, by up to `delayMs`. */
export function earlyAcknowledgement(delayMs = 250): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${faultFile}`, EARLY_ACKNOWLEDGEMENT_DELAY_MS: String(delayMs) };
}

/** The same for an aggregator, or a worker, that stores in PostgreSQL. */
export function earlyAcknowledgementOnPostgres(): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${postgresFaultFile}` };
}

/** The cycles in which too little was acknowledged to prove anything; empty when all is well. */
export function vacuousCycles({ cycles }: FaultCyclesReport): FaultCyclesReport['cycles'] {
  return cycles.filter(({ acknowledgedCalls }) => acknowledgedCalls < acknowledgedCallsMin);
}

/**
 * Whether the server was at work when it was killed. Now and then a kill meets it between the last answer and the next
 * call, while the clients have the processor; nearly always it must cut calls off.
 */
export function cutCallsOff(report: FaultCyclesReport): boolean {
  return cutting(report).length >= Math.floor(report.cycles.length * 0.8);
}

/** The cycles in which the kill cut calls off. */
export function cutting({ cycles }: FaultCyclesReport): FaultCyclesReport['cycles'] {
  return cycles.filter(({ cutCalls }) => cutCalls > 0);
}

/** For whoever reads the output of the run. */
export function tellFigures(title: string, report: FaultCyclesReport): void {
  const { counts, cycles, violations, failureCodes, seconds } = report;
  const lossy = cycles.filter(({ lostEvents }) => lostEvents > 0);
  const lost = lossy.reduce((sum, { lostEvents }) => sum + lostEvents, 0);
  const figures = [
    `${counts.acknowledgedCalls} calls with ${counts.acknowledgedEvents} events acknowledged`,
    `${counts.duplicates} of them repeats, ${counts.conflicts} conflicts, ${counts.accepted} accepted`,
    `${counts.failedCalls} calls failed (${failureCodes.join(', ')}), cut off in ${cutting(report).length} cycles`,
    `${counts.storedEvents} events stored`,
    `${lost} lost in ${lossy.length} of ${cycles.length} cycles`,
    `${violations.length} violations`,
  ];
  process.stdout.write(`${title}, ${seconds.toFixed(1)} s: ${figures.join('; ')}\n`);
}
