// A process with its descendants, which may have left its process group: each of PostgreSQL's has a session of its own.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** It has ended, and its parent has not looked yet. */
  readonly ended: boolean;
}

/** The process first; of those that run. */
export function processFamily(pid: number): number[] {
  const running = processes().filter(({ ended }) => !ended);
  const family = [pid];
  // Grows while it is walked through: with children, then with theirs.
  for (const parent of family) for (const each of running) if (each.parent === parent) family.push(each.pid);
  return family.filter((each) => running.some((process) => process.pid === each));
}

export function areRunning(pids: readonly number[]): boolean {
  return processes().some(({ pid, ended }) => !ended && pids.includes(pid));
}

export function signalEach(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
}

function processes(): Process[] {
  return existsSync('/proc/self/stat') ? processesInProc() : processesOfPs();
}

function processesInProc(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      // "pid (name) state parent …", where the name may hold anything.
      const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return [{ pid: Number(name), parent: Number(parent), ended: state === 'Z' || state === 'X' }];
    } catch {
      return [];
    }
  });
}

function processesOfPs(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), ended: state.startsWith('Z') };
  });
}
