import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { familyOf, figuresOf, parseStat, peakMemoryBytes } from './process-figures.ts';

const hasProc = existsSync('/proc/self/stat');

describe('the kernel’s line on a process', () => {
  it('is read from behind its name, which may hold anything', () => {
    const line = '42 (a) b (c) S 1 42 42 0 -1 4194304 101 0 0 0 11 22 3 4 20 0 1 0 542495 3133440 413';
    expect(parseStat(line)).toEqual({ ticks: 33, reapedTicks: 7 });
  });
});

describe.skipIf(!hasProc)('the figures of a process', () => {
  it('are of what it has used so far', () => {
    const figures = figuresOf(process.pid)!;
    expect(figures.cpuMs).toBeGreaterThan(0);
    expect(figures.memoryBytes).toBeGreaterThan(10_000_000);
    expect(peakMemoryBytes(process.pid)).toBeGreaterThanOrEqual(figures.memoryBytes * 0.9);
  });

  it('of several are those of all of them', async () => {
    const other = spawn('sleep', ['600']);
    await once(other, 'spawn');
    const [own, both] = [figuresOf(process.pid)!, figuresOf(process.pid, other.pid!)!];
    expect(both.cpuMs).toBeGreaterThanOrEqual(own.cpuMs);
    expect(both.memoryBytes).toBeGreaterThan(figuresOf(other.pid!)!.memoryBytes);
    const exited = once(other, 'exit');
    other.kill('SIGKILL');
    await exited;
    expect(figuresOf(process.pid, other.pid!)).toBeUndefined();
  });

  it('take in its children', async () => {
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
    expect(familyOf(parent.pid!)).toEqual([parent.pid, Number(line.toString())]);
    const exited = once(parent, 'exit');
    for (const pid of familyOf(parent.pid!).toReversed()) process.kill(pid, 'SIGKILL');
    await exited;
    expect(figuresOf(parent.pid!)).toBeUndefined();
  });
});
