// How much of the machine others used in the meantime: what a shared machine does to every figure of a run.
import { readFileSync } from 'node:fs';
import { figuresOf, ticksPerSecond } from './process-figures.ts';

interface MachineTicks {
  readonly busy: number;
  readonly all: number;
}

/** The returned function tells the part of all CPU time since then that was neither idle nor of this process family. */
export function watchOthers(): () => number | undefined {
  const before = look();
  return () => {
    const after = look();
    if (before === undefined || after === undefined) return undefined;
    return othersPart(before, after, ticksPerSecond());
  };
}

interface Look extends MachineTicks {
  /** Of this process, what it started, and what of that has ended. */
  readonly oursMs: number;
}

export function othersPart(before: Look, after: Look, perSecond: number): number {
  const ours = ((after.oursMs - before.oursMs) * perSecond) / 1000;
  const all = after.all - before.all;
  return all === 0 ? 0 : Math.max(0, (after.busy - before.busy - ours) / all);
}

/** Time that the host took from a virtual machine counts as busy: somebody else had it. */
export function parseMachineStat(text: string): MachineTicks {
  const fields = text.split('\n')[0]!.split(/\s+/).slice(1).map(Number);
  const [user, nice, system, idle, wait, interrupts, softInterrupts, stolen] = fields;
  const busy = user! + nice! + system! + interrupts! + softInterrupts! + stolen!;
  return { busy, all: busy + idle! + wait! };
}

function look(): Look | undefined {
  const ours = figuresOf(process.pid);
  if (ours === undefined) return undefined;
  return { ...parseMachineStat(readFileSync('/proc/stat', 'utf8')), oursMs: ours.cpuMs };
}
