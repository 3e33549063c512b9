// Runs named steps one after another, each with its time, and sums up at the end: one failure hides no other.
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { outputBytesMax, toolEnvironment, workspaceRoot } from './workspace.ts';

export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Relative to the workspace. */
  readonly folder?: string;
  /** Shows what it says while it runs; otherwise only a failure does, afterwards. */
  readonly live?: boolean;
}

/** Whether all steps passed. */
export function runSteps(steps: readonly Step[], write: (text: string) => void): boolean {
  const started = performance.now();
  const failed: string[] = [];
  for (const step of steps) {
    if (step.live) write(`  ${step.name} …\n`);
    const begun = performance.now();
    const { passed, output } = runStep(step);
    write(`${passed ? '✓' : '✗'} ${step.name.padEnd(12)} ${seconds(begun)}\n`);
    if (passed) continue;
    write(indented(output));
    failed.push(step.name);
  }
  const total = seconds(started).trim();
  if (failed.length > 0) write(`${failed.length} of ${steps.length} steps failed in ${total}: ${failed.join(', ')}\n`);
  else write(`${steps.length} steps passed in ${total}\n`);
  return failed.length === 0;
}

function runStep({ command: [program, ...args], folder = '.', live = false }: Step) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: join(workspaceRoot, folder),
    env: toolEnvironment(),
    encoding: 'utf8',
    maxBuffer: outputBytesMax,
    stdio: live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
  });
  return { passed: status === 0, output: error ? error.message : (stdout ?? '') + (stderr ?? '') };
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s`;
}

function indented(output: string): string {
  const text = output.trim();
  return text === '' ? '' : `${text.replaceAll(/^/gm, '    ')}\n`;
}
