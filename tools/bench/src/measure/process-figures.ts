// What processes and their children have used so far, as the kernel counts it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessFigures {
  readonly cpuMs: number;
  /** Resident now; of several processes, each one's share of what they share. */
  readonly memoryBytes: number;
  /** Caused to be written to the disk; undefined where the kernel does not tell. */
  readonly writtenBytes: number | undefined;
}

/** Of all of them together. Undefined where there is no /proc, as on macOS. */
export function figuresOf(...roots: readonly number[]): ProcessFigures | undefined {
  try {
    const pids = roots.flatMap(familyOf);
    const cpuTicks = sumOf(pids.map((pid) => ticksOf(statOf(pid), roots.includes(pid))));
    return {
      cpuMs: (cpuTicks * 1000) / ticksPerSecond(),
      memoryBytes: pids.length === 1 ? residentBytes(pids[0]!) : sumOf(pids.map(proportionalBytes)),
      writtenBytes: writtenBytesOf(pids),
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The most it has ever had resident at once. */
export function peakMemoryBytes(pid: number): number | undefined {
  try {
    return statusBytes(pid, 'VmHWM');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The process and all below it. */
export function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap((child) => (isThere(child) ? familyOf(child) : []))];
}

interface Stat {
  readonly ticks: number;
  /** Of children that have ended. */
  readonly reapedTicks: number;
}

/** What a child's children left behind is its own affair until it ends: then its parent has it. */
function ticksOf({ ticks, reapedTicks }: Stat, isRoot: boolean): number {
  return isRoot ? ticks + reapedTicks : ticks;
}

function statOf(pid: number): Stat {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The name, in parentheses, may hold anything: the fields are counted from behind it. */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user, system, reapedUser, reapedSystem] = fields.slice(11, 15).map(Number);
  return { ticks: user! + system!, reapedTicks: reapedUser! + reapedSystem! };
}

function residentBytes(pid: number): number {
  return statusBytes(pid, 'VmRSS');
}

function proportionalBytes(pid: number): number {
  return kibField(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss');
}

function statusBytes(pid: number, field: string): number {
  return kibField(readFileSync(`/proc/${pid}/status`, 'utf8'), field);
}

function kibField(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

function writtenBytesOf(pids: readonly number[]): number | undefined {
  try {
    return sumOf(pids.map((pid) => Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])));
  } catch {
    // Only its owner may look, and kernels are built without it.
    return undefined;
  }
}

let knownTicksPerSecond: number | undefined;

export function ticksPerSecond(): number {
  knownTicksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return knownTicksPerSecond;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESRCH';
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
