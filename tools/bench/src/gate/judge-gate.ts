// The gate's judgement: ratios against those of an accepted run, with room for the noise of a machine.
import type { Findings } from '../report/report.ts';
import { ratioTargets, type Target } from '../report/targets.ts';

/**
 * The aggregator runs on several threads and the limit on one, so that others on the machine cost it more: beside a
 * load of six on two cores the same code reached 0.52 of the limit instead of 0.80.
 */
const othersCpuPartMax = 0.1;

/** What rounds differ by on a machine that is quiet. */
const tolerance = 0.15;

export interface Baseline {
  /** By the name of the target. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Where they come from. */
  readonly startedAt: string;
  readonly commit: string | undefined;
  readonly cpu: string;
}

export interface GateVerdict {
  readonly name: string;
  readonly baseline: number;
  /** The worst that still holds. */
  readonly allowed: number;
  readonly value: number | undefined;
  /** A ratio that is not measured does not hold: a gate that measures nothing would stay open for ever. */
  readonly verdict: 'held' | 'worse' | 'not measured';
}

/** Why ratios of this run prove nothing; undefined when they do. */
export function disturbance({ othersCpuPart = 0 }: Pick<Findings, 'othersCpuPart'>): string | undefined {
  if (othersCpuPart <= othersCpuPartMax) return undefined;
  const percent = (part: number) => `${Math.round(part * 100)} %`;
  return `others used ${percent(othersCpuPart)} of the machine, ${percent(othersCpuPartMax)} are allowed`;
}

export function baselineOf(findings: Findings): Baseline {
  const ratios = ratioTargets.map(({ name, measure }): [string, number] => {
    const value = measure(findings);
    if (value === undefined) throw new Error(`the run did not measure "${name}"`);
    return [name, value];
  });
  const { startedAt, revision, machine } = findings;
  return { ratios: Object.fromEntries(ratios), startedAt, commit: revision.commit, cpu: machine.cpu };
}

export function judgeGate(findings: Findings, { ratios }: Baseline): GateVerdict[] {
  return ratioTargets.map((target) => {
    const baseline = ratios[target.name];
    if (baseline === undefined) throw new Error(`the baseline has no "${target.name}": accept a run first`);
    const allowed = worstAllowed(target, baseline);
    const value = target.measure(findings);
    const verdict = value === undefined ? 'not measured' : isWorse(target, value, allowed) ? 'worse' : 'held';
    return { name: target.name, baseline, allowed, value, verdict };
  });
}

function worstAllowed({ must }: Target, baseline: number): number {
  return must === 'be at least' ? baseline * (1 - tolerance) : baseline * (1 + tolerance);
}

function isWorse({ must }: Target, value: number, allowed: number): boolean {
  return must === 'be at least' ? value < allowed : value > allowed;
}
